// Taking in changes of a session (`chartgap.change/1`): from nothing on, one after the other.

/** Where a place is shown after edits, until the answer to them comes: what an edit touched grows or shrinks with it. */
export function stretched(edits, { start, end }) {
  for (const edit of edits) {
    if (end <= edit.start) continue;
    const by = edit.inserted - (edit.end - edit.start);
    if (edit.end <= start) start += by;
    else if (start > edit.start) start = edit.start + edit.inserted;
    end = end >= edit.end ? end + by : edit.start;
    if (end < start) end = start;
  }
  return { start, end };
}

class NotNext extends Error {}

function entries(list, change, edits) {
  if (change.removed.some((at) => at >= list.length)) throw new NotNext("removes what is not there");
  let kept = list;
  if (change.removed.length) {
    const gone = new Set(change.removed);
    kept = list.filter((_, at) => !gone.has(at));
  }
  shift(kept, edits);
  for (const { index, entry } of change.added) {
    if (index > kept.length) throw new NotNext("adds beyond the end");
    kept.splice(index, 0, entry);
  }
  return kept;
}

/** Moves entries where they stand: a long note has thousands, and most edits change none. */
function shift(list, edits) {
  for (const entry of list) {
    for (const edit of edits) {
      if (entry.end <= edit.start) continue;
      if (edit.end > entry.start) throw new NotNext("an edit touches what stays");
      const by = edit.inserted - (edit.end - edit.start);
      entry.start += by;
      entry.end += by;
    }
  }
}

function shiftElement(element, edits) {
  if (element.gap?.near) shift([element.gap.near], edits);
  shift(element.evidence, edits);
  return element;
}

const key = (element) => `${element.procedure ?? ""} ${element.id}`;

/** The state after a change; the state before is used up. Throws where the change does not follow the state; then the session is opened again. */
export function taken(state, change) {
  const { edits } = change;
  if (state && change.revision !== state.revision + 1) throw new NotNext("a change is missing");
  const given = new Map(change.elements.map((element) => [key(element), element]));
  const renewed = (change, evidence) => {
    const { procedure, id, title, verdict, weight, credit, gap, query, sources } = change;
    return { procedure, id, title, verdict: verdict.new, weight, credit, gap, query, sources, evidence: entries(evidence, change.evidence, edits) };
  };
  const elements = (state?.elements ?? []).map((element) => {
    const change = given.get(key(element));
    given.delete(key(element));
    return change ? renewed(change, element.evidence) : shiftElement(element, edits);
  });
  for (const change of given.values()) elements.push(renewed(change, []));
  const summary = change.summary ?? state?.summary;
  const coding = change.coding ?? state?.coding;
  if (!summary || !coding) throw new NotNext("a change from nothing lacks something");
  return {
    revision: change.revision,
    length: change.length,
    score: change.score.new,
    outcome: change.outcome.new,
    elements,
    mentions: entries(state?.mentions ?? [], change.mentions, edits),
    summary,
    coding,
    provenance: change.provenance ?? state?.provenance,
  };
}

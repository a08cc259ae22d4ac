// What is marked in a note, and why: evidence of the checklist, headings below which something is missing, mentions.

import { isOpen, verdictWord } from "./words.js";
import { lastUpTo } from "./text.js";

const rankOf = (verdict) => (isOpen(verdict) ? 0 : verdict === "met" ? 1 : 2);

export const keyOf = (element) => `${element.procedure ?? ""}/${element.id}`;

/** The elements in the order of the page, gaps first, with the numbers that they have there. Grouped by who asks for them. */
export function numbered(elements) {
  const groups = new Map([[null, []]]);
  for (const element of elements) {
    const procedure = element.procedure ?? null;
    if (!groups.has(procedure)) groups.set(procedure, []);
    groups.get(procedure).push(element);
  }
  return [...groups].map(([procedure, members], at) => {
    const prefix = procedure === null ? "" : groups.size === 2 ? "P" : `P${at}.`;
    const sorted = members.map((element, order) => ({ element, order })).sort((a, b) => rankOf(a.element.verdict) - rankOf(b.element.verdict) || a.order - b.order);
    const items = sorted.map(({ element }, index) => ({ key: keyOf(element), number: `${prefix}${index + 1}`, element }));
    return { procedure, items };
  });
}

/**
 * The marked ranges, by where they begin. `place` says where a place of the report stands now.
 * Each has the items that point to it, with the passage of each; a heading or a mention says so.
 */
export function targets(groups, mentions, place = (at) => at) {
  const found = new Map();
  const kinds = ["evidence", "heading", "mention"];
  const point = (range, kind, reason) => {
    const { start, end } = place(range);
    if (end <= start) return;
    // Exact for texts of up to 33 million characters.
    const key = (start * 2 ** 25 + end) * 3 + kinds.indexOf(kind);
    const target = found.get(key);
    if (target) target.reasons.push(reason);
    else found.set(key, { start, end, kind, reasons: [reason] });
  };
  for (const { items } of groups) {
    for (const item of items) {
      for (const passage of item.element.evidence) point(passage, "evidence", { item, passage });
      if (item.element.gap?.near) point(item.element.gap.near, "heading", { item });
    }
  }
  for (const mention of mentions) point(mention, "mention", { mention });
  const all = [...found.values()];
  // What it looks like, so that a line whose marks look the same need not be drawn anew.
  for (const target of all) target.look = classOf([target]);
  return all.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** The class of words over which these targets lie. What most needs an eye decides. */
export function classOf(over) {
  const evidence = over.filter((t) => t.kind === "evidence").flatMap((t) => t.reasons);
  const classes = [];
  if (evidence.length) {
    const worst = Math.min(...evidence.map(({ item }) => (item.element.verdict === "partial" ? 1 : isOpen(item.element.verdict) ? 0 : 2)));
    classes.push("mark", ["open", "partial", "met"][worst]);
  }
  if (over.some((t) => t.kind === "heading")) classes.push("near");
  const mention = over.find((t) => t.kind === "mention");
  if (mention) classes.push("mention", mention.reasons[0].mention.assertion ?? "present");
  return classes.join(" ");
}

/** One line, cut where marks begin and end: `{start, end, over}` within the line. */
export function pieces(length, start, over) {
  const cuts = new Set([0, length]);
  const within = over.map((target) => ({ target, from: Math.max(target.start - start, 0), to: Math.min(target.end - start, length) }));
  for (const { from, to } of within) cuts.add(from).add(to);
  const sorted = [...cuts].sort((a, b) => a - b);
  const out = [];
  for (let i = 1; i < sorted.length; i++) {
    const [from, to] = [sorted[i - 1], sorted[i]];
    out.push({ start: from, end: to, over: within.filter((w) => w.from <= from && to <= w.to).map((w) => w.target) });
  }
  return out;
}

/** The targets by the index of each line that they touch. */
export function byLine(all, starts, end) {
  const lines = new Map();
  for (const target of all) {
    if (target.end > end) continue;
    for (let line = lastUpTo(starts, target.start); line < starts.length && starts[line] < target.end; line++) {
      if (!lines.has(line)) lines.set(line, []);
      lines.get(line).push(target);
    }
  }
  return lines;
}

/** What a reason says in one line of plain text. */
export function reasonText({ item, passage, mention }) {
  if (mention) return `${mention.label}${mention.assertion ? `, ${mention.assertion}` : ""}`;
  const { number, element } = item;
  if (!passage) return `${number}, ${element.title}: would stand here`;
  const cue = passage.cue ? ` by “${passage.cue}”` : "";
  return `${number}, ${element.title}: ${verdictWord(element.verdict)}, ${passage.assertion}${cue}`;
}

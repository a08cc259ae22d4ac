// The review of an audit's sample: note by note, verdict by verdict.

import { agreementTables } from "./agreement.js";
import { Problem, ask, tokensComeFrom } from "./api.js";
import { askForToken, dialog } from "./dialogs.js";
import { announce, byId, h, reveal, say, themeButton } from "./dom.js";
import { Hint } from "./inspector.js";
import { keyOf, numbered, targets } from "./marks.js";
import { Paper } from "./paper.js";
import { fromCodePoints, visible } from "./text.js";
import { verdictCard } from "./verdicts.js";
import { outcomePill, outcomeWord } from "./words.js";

const hint = new Hint();
const paper = new Paper(byId("paper"), { hint, pick: (key) => cards.get(key)?.focus() });
let audit = null;
let reviewer = "";
let progress = {};
let at = -1;
let cards = new Map();
/** Counts what was asked for, so that a late answer does not take the place of a later question's. */
let turn = 0;

async function begin() {
  tokensComeFrom(askForToken);
  themeButton(byId("theme"));
  byId("keys").addEventListener("click", keys);
  byId("begin-form").addEventListener("submit", (event) => { event.preventDefault(); start(byId("reviewer").value.trim()); });
  byId("previous").addEventListener("click", () => show(at - 1));
  byId("next").addEventListener("click", () => show(at + 1));
  byId("show-agreement").addEventListener("click", () => (byId("agreement").hidden ? showAgreement() : showNotes()));
  byId("verdicts").addEventListener("keydown", pressed);
  try {
    audit = await (await ask("/v1/review")).json();
  } catch (error) {
    const without = error instanceof Problem && error.status === 404;
    byId("begin-text").replaceChildren(...(without
      ? ["This service has no audit to review. ", h("code", {}, "chartgap serve --review DIR"), " opens one that was made with ", h("code", {}, "--sample N --text"), "."]
      : [visible(error.message)]));
    return;
  }
  say(byId("begin-text"), `${audit.notes.length} sampled notes of ${visible(audit.audit)}, ${audit.elements.length} elements each.`);
  byId("begin-form").hidden = false;
  byId("reviewer").focus();
}

function start(name) {
  if (!name) return;
  reviewer = name;
  // Somebody may be called like a property that every object has.
  progress = Object.hasOwn(audit.progress, reviewer) ? { ...audit.progress[reviewer] } : {};
  byId("who").hidden = false;
  say(byId("who"), visible(reviewer));
  byId("begin").hidden = true;
  byId("desk").hidden = false;
  say(byId("audit"), visible(audit.audit));
  byId("list").replaceChildren(...audit.notes.map((note, index) => h("li", {},
    h("button", { type: "button", class: "entry", "data-note": note.note, click: () => show(index) },
      h("span", { class: "entry-id" }, visible(note.id)), outcomePill(note.outcome), h("span", { class: "entry-state" })))));
  showProgress();
  const open = audit.notes.findIndex((note) => !isDone(note));
  show(open < 0 ? 0 : open);
}

const isDone = (note) => (progress[note.note] ?? 0) >= audit.elements.length;

function showProgress() {
  const done = audit.notes.filter(isDone).length;
  say(byId("progress"), `${done} of ${audit.notes.length} notes decided in full`);
  for (const [index, button] of [...byId("list").querySelectorAll("button")].entries()) {
    const note = audit.notes[index];
    const count = progress[note.note] ?? 0;
    const state = button.querySelector(".entry-state");
    state.classList.toggle("done", isDone(note));
    state.replaceChildren(isDone(note) ? "✓" : `${count}/${audit.elements.length}`, h("span", { class: "sr" }, isDone(note) ? " decided in full" : " decided"));
    if (index === at && byId("agreement").hidden) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

const wrong = (text) => { byId("problem").hidden = !text; say(byId("problem"), visible(text)); };

async function show(index) {
  if (index < 0 || index >= audit.notes.length) return;
  const chosen = audit.notes[index];
  const mine = ++turn;
  let found;
  try {
    found = await (await ask(`/v1/review/notes/${chosen.note}?reviewer=${encodeURIComponent(reviewer)}`)).json();
  } catch (error) {
    wrong(error.message);
    return;
  }
  if (mine !== turn) return;
  wrong("");
  at = index;
  showNotes();
  const { report, text } = found;
  const place = fromCodePoints(text);
  const range = ({ start, end }) => ({ start: place(start), end: place(end) });
  const groups = numbered(report.elements.map((element) => ({ procedure: null, ...element })));
  const marked = targets(groups, [], range);
  say(byId("note-title"), visible(found.id));
  const weight = Math.round(found.weight * 10) / 10;
  byId("note-about").replaceChildren(`Note ${index + 1} of ${audit.notes.length} · `, outcomePill(report.outcome), ` score ${report.score} · drawn from “${outcomeWord(found.stratum)}”, stands for ${weight} ${weight === 1 ? "note" : "notes"}`);
  paper.show(text, marked);
  const items = groups.flatMap((g) => g.items);
  cards = new Map(items.map((item, order) => {
    const passage = (n) => (n < 0 ? item.element.gap.near : item.element.evidence[n]);
    const card = verdictCard({
      item,
      about: audit.elements.find((e) => e.id === item.element.id),
      lineOf: (n) => paper.lineOf(place(passage(n).start)),
      show: (n) => {
        const { start, end } = range(passage(n));
        paper.go(marked.find((t) => t.start === start && t.end === end && t.kind === (n < 0 ? "heading" : "evidence")));
      },
      decide: (given) => decide(chosen, given),
      next: () => (items[order + 1] ? cards.get(items[order + 1].key) : byId("next")).focus(),
    });
    return [item.key, card];
  }));
  // Before they are on the page: what was decided earlier is no news to screen readers.
  hear(found.decisions);
  byId("cards").replaceChildren(...[...cards.values()].map((card) => card.node));
  byId("previous").disabled = index === 0;
  byId("next").disabled = index + 1 === audit.notes.length;
  for (const id of ["note", "verdicts"]) byId(id).scrollTop = 0;
  reveal(byId("list").children[index]);
  announce(`Note ${index + 1} of ${audit.notes.length}, ${found.id}`);
}

/** Shows decisions: the own ones, and those of others as far as the service tells them. */
function hear(decisions) {
  for (const [key, card] of cards) {
    const said = decisions.filter((d) => keyOf({ procedure: null, id: d.element }) === key);
    const own = said.find((d) => d.reviewer === reviewer);
    card.told(own ?? null);
    card.hear(said.filter((d) => d.reviewer !== reviewer));
  }
  showDecided();
}

function showDecided() {
  const count = [...cards.values()].filter((card) => card.isDecided()).length;
  say(byId("decided"), count === cards.size ? `All ${count} decided.` : `${count} of ${cards.size} decided. What others said is shown when all are.`);
  byId("next").classList.toggle("primary", count === cards.size);
}

async function decide(note, given) {
  const here = cards;
  const decision = await (await ask("/v1/review/decisions", { method: "POST", json: { note: note.note, reviewer, ...given } })).json();
  const before = isDone(note);
  // Told to the card by its caller; what follows counts it as well.
  here.get(keyOf({ procedure: null, id: given.element }))?.told(decision);
  progress[note.note] = [...here.values()].filter((card) => card.isDecided()).length;
  showProgress();
  if (here !== cards) return decision;
  showDecided();
  if (!before && isDone(note)) {
    announce("All elements of the note are decided.");
    const found = await (await ask(`/v1/review/notes/${note.note}?reviewer=${encodeURIComponent(reviewer)}`)).json();
    if (here === cards) hear(found.decisions);
  }
  return decision;
}

function showNotes() {
  for (const id of ["note", "verdicts"]) byId(id).hidden = false;
  byId("agreement").hidden = true;
  byId("show-agreement").setAttribute("aria-pressed", "false");
  showProgress();
}

async function showAgreement() {
  try {
    const agreement = await (await ask("/v1/review/agreement")).json();
    byId("agreement-body").replaceChildren(...agreementTables(agreement, new Map(audit.elements.map((e) => [e.id, e.title]))));
    for (const id of ["note", "verdicts"]) byId(id).hidden = true;
    byId("agreement").hidden = false;
    byId("show-agreement").setAttribute("aria-pressed", "true");
    showProgress();
    byId("agreement").focus();
  } catch (error) {
    wrong(error.message);
  }
}

function pressed(event) {
  if (event.defaultPrevented || event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const list = [...cards.values()];
  const here = list.findIndex((card) => card.node.contains(document.activeElement));
  const move = { j: here + 1, k: here - 1 }[event.key];
  if (move !== undefined) list[Math.max(0, Math.min(move, list.length - 1))]?.focus();
  else if (event.key === "n") step(1);
  else if (event.key === "p") step(-1);
  else return;
  event.preventDefault();
}

async function step(by) {
  await show(at + by);
  [...cards.values()][0]?.focus();
}

function keys() {
  const row = (key, does) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, does));
  dialog("Keys", [
    h("p", { class: "small" }, "While the focus is among the verdicts:"),
    h("dl", { class: "keys" },
      row("a", "agree, and on to the next verdict"), row("d", "disagree"), row("c", "comment"),
      row("j", "next verdict"), row("k", "verdict before"), row("n", "next note"), row("p", "note before"), row("Escape", "closes the form")),
  ]);
}

begin();

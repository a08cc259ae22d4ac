// The editor: a note, and beside it what it lacks, at every keystroke.

import { Problem, ask, tokensComeFrom } from "./api.js";
import { stretched } from "./change.js";
import { Checklist, changes } from "./checklist.js";
import { codeGuidance } from "./coding.js";
import { askForToken, dialog } from "./dialogs.js";
import { announce, byId, copyButton, h, reveal, say, themeButton } from "./dom.js";
import { Hint, reasons } from "./inspector.js";
import { Layer } from "./layer.js";
import { Live } from "./live.js";
import { numbered, reasonText, targets } from "./marks.js";
import { noteOf, takesFiles } from "./open.js";
import { facts, outcomeLine, provenance, ring } from "./overview.js";
import { clip, difference, visible, wellFormed } from "./text.js";
import { queryLines, sentence } from "./words.js";

/** Quiet before screen readers are told of a new score, in milliseconds. */
const QUIET = 1500;
/** The longest text that goes in as if it were typed, so that it can be undone. */
const UNDOABLE = 20_000;
const EXAMPLE = `HPI:
54-year-old cabinet maker with low back pain on the right for 8 months, worse with bending to the left.
No leg pain, no numbness. Denies trauma. Naproxen and 6 weeks of physical therapy without lasting relief.

EXAM:
Point tenderness at the tip of the right L3 transverse process. Straight leg raise negative, strength 5/5, reflexes symmetric.

IMAGING:
MRI lumbar spine: long transverse processes at L3, no disc herniation, no stenosis.

ASSESSMENT:
L3 transverse process syndrome on the right. Facet, disc and sacroiliac joint were considered and do not explain the pain.

PLAN:
Trigger point injection if not better in 4 weeks.
`;
const STATUS = {
  idle: "Ready",
  checking: "Checking…",
  live: "Up to date",
  offline: "No answer, trying again",
  locked: "A token is needed",
  refused: "Not checked",
};

const field = byId("note");
const sheet = byId("sheet");
const layer = new Layer(byId("layer"));
const hint = new Hint();
const score = ring();
const wide = matchMedia("(min-width: 64rem)");
let state = null;
let told = null;
let groups = [];
let cameFrom = null;
let name = "note";
let changed = false;

const place = (range) => stretched(live.ahead, range);
const elementOf = (key) => groups.flatMap((g) => g.items).find((item) => item.key === key)?.element;
const passageOf = (key, at) => { const element = elementOf(key); return at < 0 ? element?.gap?.near : element?.evidence[at]; };

const checklist = new Checklist(byId("cards"), {
  lineOf: (key, at) => layer.lineOf(place(passageOf(key, at)).start),
  show: (key, at) => { const passage = passageOf(key, at); if (passage) go(place(passage), key); },
});
const guidance = codeGuidance(byId("guidance"));
const live = new Live({ text: () => layer.text, told: take, stands });

function begin() {
  tokensComeFrom(askForToken);
  byId("ring").append(score.node);
  themeButton(byId("theme"));
  byId("copy-all").append(copyButton("Copy all questions", questions));
  field.addEventListener("input", edited);
  field.addEventListener("keydown", pressed);
  field.addEventListener("click", clicked);
  field.addEventListener("scroll", () => { field.scrollTop = 0; });
  document.addEventListener("selectionchange", soon(atCursor));
  sheet.addEventListener("pointermove", soon(hovered));
  sheet.addEventListener("pointerleave", () => hint.leave());
  byId("to-checklist").addEventListener("click", toChecklist);
  byId("findings").addEventListener("keydown", (event) => { if (event.key === "Escape" && !hint.shown) field.focus(); });
  byId("open").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", (event) => { const [file] = event.target.files; if (file) open(file); event.target.value = ""; });
  byId("example").addEventListener("click", () => load({ text: EXAMPLE, name: "Example" }));
  byId("clear").addEventListener("click", () => load({ text: "", name: "New note" }));
  byId("mentions").addEventListener("change", mark);
  byId("keys").addEventListener("click", keys);
  for (const id of ["date", "procedures", "codes"]) byId(id).addEventListener("change", () => live.open(context()));
  for (const button of document.querySelectorAll(".save")) button.addEventListener("click", () => save(button.dataset.format, button.dataset.suffix));
  takesFiles(sheet, open);
  addEventListener("beforeunload", (event) => { if (changed && field.value.trim()) event.preventDefault(); });
  // What a browser kept of a page that was left is not this page's to show.
  field.value = "";
  live.open(context());
}

/** Calls a function once a frame at most, with the last argument. */
function soon(work) {
  let last;
  let asked = false;
  return (argument) => {
    last = argument;
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; work(last); });
  };
}

function edited() {
  const edit = difference(layer.text, field.value);
  if (!edit) return;
  changed = true;
  hint.hide();
  layer.edit(edit);
  live.edit(edit);
}

/** All questions to the provider, in the order of the checklist. */
function questions() {
  const items = groups.flatMap((group) => group.items).filter(({ element }) => element.query);
  return items.map(({ element }) => [visible(element.title), ...queryLines(element.query)].join("\n")).join("\n\n");
}

function mark() {
  const mentions = byId("mentions").checked && state ? state.mentions : [];
  layer.mark(targets(groups, mentions, place));
}

function take(now, elements, mentions) {
  state = now;
  if (elements) groups = numbered(state.elements);
  // Where nothing but places changed, the layer has moved its marks already.
  if (elements || (mentions && byId("mentions").checked)) mark();
  const empty = layer.text.trim() === "";
  byId("empty").hidden = !empty;
  byId("result").hidden = empty;
  if (!empty) {
    score.show(state.score, state.outcome);
    const line = sentence(state);
    if (byId("outcome").dataset.is !== state.outcome + line) {
      byId("outcome").dataset.is = state.outcome + line;
      byId("outcome").replaceChildren(...outcomeLine(state));
    }
    summarize(state.summary);
    checklist.update(groups);
    byId("copy-all").hidden = questions() === "";
    guidance(state.coding);
    if (state.provenance && !byId("provenance").hasChildNodes()) byId("provenance").append(provenance(state.provenance));
    // Told once typing pauses, with what changed since the last time.
    const news = changes(told, state);
    if (news) announceLater(news);
  }
  atCursor();
}

let summarized = "";
function summarize(summary) {
  const now = JSON.stringify(summary);
  if (now === summarized) return;
  summarized = now;
  byId("facts").replaceChildren(...facts(summary));
}

let pause = 0;
function announceLater() {
  clearTimeout(pause);
  pause = setTimeout(() => { const news = changes(told, state); told = state; if (news) announce(news, 0); }, QUIET);
}

function stands(how, detail = "") {
  byId("status").dataset.is = how;
  say(byId("status-text"), STATUS[how]);
  const wrong = how === "refused" || (how === "offline" && detail) ? `${how === "refused" ? "The note is not checked: " : ""}${detail}` : "";
  problem(wrong);
}

function problem(text) {
  const node = byId("problem");
  node.hidden = !text;
  say(node, visible(text));
}

/** Another note in place of this one. */
function load(note) {
  problem("");
  if (note.text.length <= UNDOABLE) {
    field.focus();
    field.select();
    // Typed, as far as the field knows: it can be undone.
    if (!document.execCommand(note.text ? "insertText" : "delete", false, note.text)) field.value = note.text;
  } else {
    field.value = note.text;
  }
  for (const id of ["procedures", "codes"]) if (note[id]) byId(id).value = note[id].join(", ");
  if (note.date) byId("date").value = note.date.slice(0, 10);
  name = note.name.replace(/\.[^.]*$/, "");
  say(byId("note-title"), clip(note.name, 80));
  [state, told, groups, cameFrom] = [null, null, [], null];
  layer.replace(field.value);
  changed = note.name !== "Example";
  field.setSelectionRange(0, 0);
  sheet.scrollTop = 0;
  live.open(context());
}

async function open(file) {
  try {
    load(await noteOf(file));
    announce(`${file.name} is open.`);
  } catch (error) {
    problem(error instanceof Problem ? `${visible(file.name)} cannot be opened: ${error.message}` : `${visible(file.name)} cannot be read.`);
  }
}

function context() {
  const list = (id) => byId(id).value.split(/[\s,;]+/).filter(Boolean);
  const out = { procedures: list("procedures"), codes: list("codes") };
  if (byId("date").value) out.date = byId("date").value;
  return out;
}

/** Goes to words of the note and remembers where from. */
function go({ start, end }, key = null) {
  cameFrom = key;
  field.focus({ preventScroll: true });
  field.setSelectionRange(start, end);
  const box = layer.box({ start });
  const frame = sheet.getBoundingClientRect();
  if (box.top < frame.top + 40 || box.bottom > frame.bottom - 40) sheet.scrollBy({ top: box.top - frame.top - frame.height / 3 });
  if (!wide.matches) reveal(sheet, "nearest");
}

function pressed(event) {
  if (event.key === "F8") {
    event.preventDefault();
    step(event.shiftKey ? -1 : 1);
  } else if (event.key === "Enter" && event.altKey) {
    event.preventDefault();
    toChecklist();
  } else if (event.key === "Escape" && cameFrom && !event.isComposing) {
    back(cameFrom);
  }
}

/** To the next mark or the one before. */
function step(by) {
  const all = layer.targets.filter((t) => t.kind !== "mention" || byId("mentions").checked);
  if (!all.length) return announce("There are no marks.");
  const at = field.selectionStart;
  const later = all.findIndex((t) => t.start > at);
  const next = by > 0 ? (later < 0 ? 0 : later) : (all.findLastIndex((t) => t.start < at) + all.length) % all.length;
  const target = all[next];
  go(target, cameFrom);
  const words = layer.text.slice(target.start, target.end);
  announce(`Mark ${next + 1} of ${all.length}: ${clip(words, 80)}. ${target.reasons.map(reasonText).join(". ")}`, 0);
}

const keysAt = (position) => layer.at(position).flatMap((t) => t.reasons).map((r) => r.item?.key).filter(Boolean);

function atCursor() {
  const within = document.activeElement === field;
  if (!within && byId("cursor").contains(document.activeElement)) return;
  const over = within || field.selectionStart > 0 ? layer.at(field.selectionStart) : [];
  const rows = reasons(over);
  const signature = rows.map((row) => row.textContent).join("|") || String(layer.targets.length > 0);
  if (byId("cursor").dataset.is !== signature) {
    byId("cursor").dataset.is = signature;
    byId("cursor-reasons").replaceChildren(...(rows.length ? rows : [h("p", { class: "small" }, state && layer.targets.length ? "Point at marked words, or place the cursor in them. F8 goes to the next ones." : "Nothing is marked yet.")]));
  }
  const keys = over.flatMap((t) => t.reasons).map((r) => r.item?.key).filter(Boolean);
  byId("to-checklist").hidden = keys.length === 0;
  checklist.current(keys);
}

function clicked() {
  if (field.selectionStart !== field.selectionEnd) return;
  const [key] = keysAt(field.selectionStart);
  const node = key && checklist.node(key);
  if (node && wide.matches) reveal(node);
}

function toChecklist() {
  const [key] = keysAt(field.selectionStart);
  if (key) back(key);
}

function back(key) {
  cameFrom = null;
  const node = checklist.focus(key);
  if (node) reveal(node);
}

function hovered({ clientX, clientY }) {
  const found = layer.under(clientX, clientY);
  if (found) hint.show(found.over, found.node);
  else if (hint.shown) hint.leave();
}

async function save(format, suffix) {
  try {
    const json = { text: wellFormed(layer.text), id: name.slice(0, 100), ...context(), mentions: format === "json" };
    const answer = await ask(`/v1/check?format=${format}`, { method: "POST", json });
    const address = URL.createObjectURL(await answer.blob());
    h("a", { href: address, download: `${name.replaceAll(/[^\w.-]+/g, "-")}.${suffix}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  } catch (error) {
    problem(error instanceof Problem ? `The report cannot be saved: ${error.message}` : "The report cannot be saved.");
  }
}

function keys() {
  const row = (combination, does) => h("div", {}, h("dt", {}, combination.split("+").flatMap((key, at) => [at > 0 && " + ", h("kbd", {}, key)])), h("dd", {}, does));
  dialog("Keys", [
    h("p", { class: "small" }, "In the note:"),
    h("dl", { class: "keys" },
      row("F8", "to the next marked words"), row("Shift+F8", "to the ones before"),
      row("Alt+Enter", "from marked words to the checklist"), row("Escape", "back to the entry of the checklist that led here")),
    h("p", { class: "small" }, "In the checklist:"),
    h("dl", { class: "keys" }, row("Enter", "opens an entry, or follows a place into the note"), row("Escape", "back to the note")),
  ]);
}

begin();

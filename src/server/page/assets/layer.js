// The marks behind the text field: the same text in the same places, unseen but for what is marked. Only lines that an edit
// or a mark touched are made anew.

import { stretched } from "./change.js";
import { byLine, classOf, pieces } from "./marks.js";
import { lastUpTo, lineStarts } from "./text.js";

export class Layer {
  #root;
  #text = "";
  #lines = [];
  #starts = [0];
  #targets = [];
  #marked = new Set();

  constructor(root) {
    this.#root = root;
    this.#fill("");
  }

  get text() {
    return this.#text;
  }

  /** Takes in an edit of the text. Marks that it touches grow or shrink with it, until somebody knows better. */
  edit(edit) {
    const { start, end, text } = edit;
    const first = lastUpTo(this.#starts, start);
    const last = lastUpTo(this.#starts, end);
    const from = this.#starts[first];
    const to = last + 1 < this.#starts.length ? this.#starts[last + 1] - 1 : this.#text.length;
    const middle = this.#text.slice(from, start) + text + this.#text.slice(end, to);
    this.#text = this.#text.slice(0, start) + text + this.#text.slice(end);
    const made = middle.split("\n").map((words) => this.#line(words));
    const old = this.#lines.slice(first, last + 1);
    // The first line stays where it is, so that typing within it moves nothing else.
    const kept = old[0];
    kept.text = made[0].text;
    old.slice(1).forEach((line) => { this.#marked.delete(line); line.node.remove(); });
    const rest = made.slice(1);
    rest.forEach((line) => draw(line, "", []));
    kept.node.after(...rest.map((line) => line.node));
    if (rest.length || old.length > 1) this.#lines = [...this.#lines.slice(0, first + 1), ...rest, ...this.#lines.slice(last + 1)];
    if (rest.length === 0 && old.length === 1) {
      const by = text.length - (end - start);
      if (by) for (let at = first + 1; at < this.#starts.length; at++) this.#starts[at] += by;
    } else {
      this.#starts = lineStarts(this.#text);
    }
    this.#move(edit);
    const through = first + rest.length;
    const here = this.#targets.filter((t) => t.end > from && t.start < (through + 1 < this.#starts.length ? this.#starts[through + 1] : Infinity));
    const found = byLine(here, this.#starts, this.#text.length);
    for (let at = first; at <= through; at++) this.#draw(at, found.get(at) ?? []);
  }

  #move({ start, end, text }) {
    const edits = [{ start, end, inserted: text.length }];
    for (const target of this.#targets) if (target.end > start) Object.assign(target, stretched(edits, target));
    this.#targets = this.#targets.filter((t) => t.start < t.end);
  }

  /** Draws a line with the targets over it. */
  #draw(at, over) {
    const line = this.#lines[at];
    const start = this.#starts[at];
    draw(line, signatureOf(over, start), over.length ? pieces(line.text.length, start, over) : []);
    if (over.length) this.#marked.add(line);
    else this.#marked.delete(line);
  }

  /** Another text. */
  replace(text) {
    this.#fill(text);
  }

  /** Shows these marks; lines whose marks stay what they were are left alone. */
  mark(targets) {
    this.#targets = targets;
    const found = byLine(targets, this.#starts, this.#text.length);
    const marked = new Set();
    for (const [at, over] of found) {
      const line = this.#lines[at];
      marked.add(line);
      if (line.drawn !== signatureOf(over, this.#starts[at])) this.#draw(at, over);
    }
    for (const line of this.#marked) if (!marked.has(line) && line.drawn !== "") draw(line, "", []);
    this.#marked = marked;
  }

  /** The targets that lie over a position; a position between two characters belongs to both. */
  at(position) {
    return this.#targets.filter((t) => t.start <= position && position <= t.end);
  }

  get targets() {
    return this.#targets;
  }

  lineOf(position) {
    return lastUpTo(this.#starts, position) + 1;
  }

  /** The target under a point of the window, with the piece that is seen there. */
  under(x, y) {
    for (const node of document.elementsFromPoint(x, y)) {
      if (!(node instanceof HTMLElement) || node.dataset.from === undefined) continue;
      const at = this.#lines.findIndex((line) => line.node === node.parentNode);
      if (at < 0) return null;
      const position = this.#starts[at] + Number(node.dataset.from);
      const over = this.#targets.filter((t) => t.start <= position && position < t.end);
      return over.length ? { over, node } : null;
    }
    return null;
  }

  /** The box of the first piece of a range, for whatever is to be shown beside it. */
  box({ start }) {
    const at = lastUpTo(this.#starts, start);
    const line = this.#lines[at];
    const inside = start - this.#starts[at];
    let piece = null;
    for (const node of line.node.children) if (Number(node.dataset.from) <= inside) piece = node;
    return (piece ?? line.node).getBoundingClientRect();
  }

  #line(text) {
    return { text, node: document.createElement("div"), drawn: null };
  }

  #fill(text) {
    this.#text = text;
    this.#starts = lineStarts(text);
    this.#lines = text.split("\n").map((words) => this.#line(words));
    this.#lines.forEach((line) => draw(line, "", []));
    this.#targets = [];
    this.#marked = new Set();
    this.#root.replaceChildren(...this.#lines.map((line) => line.node));
  }
}

/** What is drawn over a line, in a word. */
function signatureOf(over, start) {
  let out = "";
  for (const target of over) out += `${target.start - start}-${target.end - start}${target.look}`;
  return out;
}

function draw(line, signature, cut) {
  const { node, text } = line;
  line.drawn = signature;
  if (cut.length === 0) {
    const only = node.firstChild;
    if (only?.nodeType === Node.TEXT_NODE && node.childNodes.length === 1) patch(only, text);
    else node.replaceChildren(text);
    return;
  }
  node.replaceChildren(...cut.map(({ start, end, over }) => {
    const words = text.slice(start, end);
    if (over.length === 0) return words;
    const span = document.createElement("span");
    span.className = classOf(over);
    span.dataset.from = start;
    span.textContent = words;
    return span;
  }));
}

/** Changes what differs in a text node, which costs less than a new one in a line that has no end. */
function patch(node, text) {
  const old = node.data;
  if (old === text) return;
  const most = Math.min(old.length, text.length);
  let start = 0;
  while (start < most && old.charCodeAt(start) === text.charCodeAt(start)) start++;
  let tail = 0;
  while (tail < most - start && old.charCodeAt(old.length - 1 - tail) === text.charCodeAt(text.length - 1 - tail)) tail++;
  node.replaceData(start, old.length - tail - start, text.slice(start, text.length - tail));
}

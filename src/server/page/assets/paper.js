// A note to read: its lines with the evidence marked, and behind the marks the numbers of the elements that they belong to.

import { h, reveal } from "./dom.js";
import { byLine, classOf, pieces, reasonText } from "./marks.js";
import { lastUpTo, lineStarts, visible } from "./text.js";
import { verdictClass } from "./words.js";

export class Paper {
  #root;
  #pick;
  #hint;
  #over = new WeakMap();
  #nodes = new Map();
  #starts = [0];

  /** `pick` is called with the key of an element whose number was chosen. */
  constructor(root, { hint, pick }) {
    this.#root = root;
    this.#pick = pick;
    this.#hint = hint;
    root.addEventListener("pointerover", (event) => this.#tell(event.target));
    root.addEventListener("focusin", (event) => this.#tell(event.target));
    root.addEventListener("focusout", () => hint.leave());
  }

  show(text, targets) {
    this.#starts = lineStarts(text);
    this.#nodes = new Map();
    const found = byLine(targets, this.#starts, text.length);
    const lines = text.split("\n");
    if (lines.length > 1 && lines.at(-1) === "") lines.pop();
    this.#root.replaceChildren(h("div", { class: "text", dir: "auto" }, lines.map((line, at) => {
      const over = found.get(at);
      return h("div", {}, over ? this.#line(line, this.#starts[at], over) : visible(line));
    })));
  }

  lineOf(position) {
    return lastUpTo(this.#starts, position) + 1;
  }

  /** Goes to a target. */
  go(target) {
    const node = this.#nodes.get(target);
    if (!node) return;
    this.#root.querySelectorAll(".here").forEach((other) => other.classList.remove("here"));
    node.classList.add("here");
    node.setAttribute("tabindex", "-1");
    reveal(node, "center");
    node.focus({ preventScroll: true });
  }

  #line(text, start, over) {
    return pieces(text.length, start, over).flatMap((piece) => {
      const words = visible(text.slice(piece.start, piece.end));
      if (piece.over.length === 0) return [words];
      const node = h("span", { class: classOf(piece.over) }, words);
      this.#over.set(node, piece.over);
      for (const target of piece.over) if (!this.#nodes.has(target)) this.#nodes.set(target, node);
      // A target that ends within a later line has its numbers there.
      const ended = piece.over.filter((t) => t.end <= start + piece.end);
      return ended.length ? [node, this.#numbers(ended)] : [node];
    });
  }

  #numbers(ended) {
    const seen = new Map();
    for (const target of ended) for (const reason of target.reasons) if (reason.item && !seen.has(reason.item.key)) seen.set(reason.item.key, { target, reason });
    return h("sup", { class: "refs" }, [...seen].map(([key, { target, reason }]) => {
      const { number, element } = reason.item;
      const go = (event) => { event.preventDefault(); this.#pick(key); };
      const node = h("a", { href: "#verdicts", class: verdictClass(element.verdict), "aria-label": reasonText(reason), click: go }, number);
      this.#over.set(node, [{ ...target, reasons: target.reasons.filter((r) => r.item?.key === key) }]);
      return node;
    }));
  }

  #tell(node) {
    const over = this.#over.get(node);
    if (over) this.#hint.show(over, node);
    else this.#hint.leave();
  }
}

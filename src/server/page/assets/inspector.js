// What a mark says, beside the words on hover, and below the text for the place of the caret.

import { h } from "./dom.js";
import { clip, visible } from "./text.js";
import { assertion, pill, section } from "./words.js";

const OFFSET = 6;
/** Reasons that one hint lists. */
const MOST = 6;

export class Hint {
  #node = h("div", { class: "hint-box", role: "tooltip", id: "hint", hidden: true });
  #timer = 0;
  #over = false;
  #at = null;

  constructor() {
    document.querySelector("main").append(this.#node);
    this.#node.addEventListener("pointerenter", () => { this.#over = true; clearTimeout(this.#timer); });
    this.#node.addEventListener("pointerleave", () => { this.#over = false; this.leave(); });
    addEventListener("keydown", (event) => { if (event.key === "Escape") this.hide(); }, true);
    addEventListener("scroll", () => this.#scrolled(), true);
  }

  get shown() {
    return !this.#node.hidden;
  }

  /** Shows what targets say beside a node. */
  show(over, node) {
    clearTimeout(this.#timer);
    this.#at = node;
    this.#node.replaceChildren(...reasons(over));
    this.#node.hidden = false;
    this.#place();
  }

  #place() {
    const box = this.#at.getBoundingClientRect();
    const { width, height } = this.#node.getBoundingClientRect();
    const below = box.bottom + OFFSET + height <= innerHeight || box.top < height + OFFSET;
    const left = Math.max(8, Math.min(box.left, innerWidth - width - 8));
    const top = below ? Math.min(box.bottom + OFFSET, innerHeight - height - 4) : box.top - OFFSET - height;
    this.#node.style.left = `${left}px`;
    this.#node.style.top = `${Math.max(4, top)}px`;
  }

  /** Focus that moves to a node scrolls it into sight, and the hint with it; what the pointer was over is elsewhere. */
  #scrolled() {
    if (this.shown && this.#at === document.activeElement) this.#place();
    else this.hide();
  }

  /** The pointer has left; the hint stays for as long as it takes to reach it. */
  leave() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { if (!this.#over) this.hide(); }, 250);
  }

  hide() {
    this.#node.hidden = true;
  }
}

/** What targets say, an entry a reason. */
export function reasons(over) {
  const all = over.flatMap((target) => target.reasons.map((reason) => ({ target, ...reason })));
  const rows = all.slice(0, MOST).map(row);
  if (all.length > MOST) rows.push(h("p", { class: "meta" }, `and ${all.length - MOST} more`));
  return rows;
}

function row({ target, item, passage, mention }) {
  if (mention) {
    const more = [mention.acuity, mention.value, mention.norm?.join(", "), mention.modality, mention.type, mention.outcome].filter(Boolean).join(" · ");
    return h("div", { class: "reason" },
      h("p", {}, h("span", { class: "tag" }, mention.label), ` ${clip(mention.text, 80)}`),
      h("p", { class: "meta" }, [assertion(mention), visible(more)].filter(Boolean).join(" · ")));
  }
  const { number, element } = item;
  return h("div", { class: "reason" },
    h("p", { class: "reason-head" }, h("span", { class: "number" }, number), h("strong", {}, visible(element.title)), pill(element.verdict)),
    h("p", { class: "meta" }, target.kind === "heading" ? "The missing words would stand below this heading." : [assertion(passage), section(passage.section)].filter(Boolean).join(" · ")));
}

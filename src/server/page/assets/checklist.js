// The live checklist: an entry an element, gaps first, each with what is missing, where it would stand and where the note
// says what it says. Entries stay the nodes that they are, so that focus and what is open survive every change.

import { copyButton, h, say } from "./dom.js";
import { explainLink } from "./dialogs.js";
import { clip, visible } from "./text.js";
import { assertion, isOpen, pill, points, queryLines, section, source, verdictClass, verdictWord } from "./words.js";

/** Places of evidence that an entry lists; a long note can have hundreds. */
const MOST = 30;

/** `lineOf` gives the line of a passage, `show` goes to it: both are asked for with the key of an element and an index. */
export class Checklist {
  #root;
  #lineOf;
  #show;
  #cards = new Map();
  #groups = "";

  constructor(root, { lineOf, show }) {
    this.#root = root;
    this.#lineOf = lineOf;
    this.#show = show;
  }

  update(groups) {
    const keys = new Set();
    for (const { items } of groups) for (const item of items) {
      keys.add(item.key);
      if (!this.#cards.has(item.key)) this.#cards.set(item.key, this.#card(item.key));
      this.#cards.get(item.key).update(item);
    }
    for (const key of [...this.#cards.keys()]) if (!keys.has(key)) this.#cards.delete(key);
    const parts = groups.map(({ procedure, items }) => ({ procedure, parts: parted(items) }));
    const order = JSON.stringify(parts.map((p) => [p.procedure, p.parts.map(([title, list]) => [title, list.map((i) => i.key)])]));
    if (order !== this.#groups) {
      this.#groups = order;
      this.#arrange(parts);
    }
  }

  /** Shows which entries the place of the caret belongs to. */
  current(keys) {
    for (const [key, card] of this.#cards) card.node.classList.toggle("current", keys.includes(key));
  }

  /** The node of an element. */
  node(key) {
    return this.#cards.get(key)?.node;
  }

  focus(key) {
    const card = this.#cards.get(key);
    card?.open(true);
    card?.button.focus({ preventScroll: true });
    return card?.node;
  }

  #arrange(groups) {
    const focused = this.#root.contains(document.activeElement) ? document.activeElement : null;
    this.#root.replaceChildren(...groups.flatMap(({ procedure, parts }) => {
      const lists = parts.flatMap(([title, items]) => [
        h("h3", {}, title, " ", h("span", { class: "count" }, `(${items.length})`)),
        h("ul", { class: "cards", role: "list" }, items.map((item) => this.#cards.get(item.key).node)),
      ]);
      return procedure === null ? lists : [h("section", { class: "procedure" }, h("h2", {}, `Procedure ${visible(procedure)}`), lists)];
    }));
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }

  #card(key) {
    const id = `element-${[...key].map((c) => (/[a-z0-9]/i.test(c) ? c : "-")).join("")}`;
    const number = h("span", { class: "number", "aria-hidden": "true" });
    const title = h("span", { class: "title" });
    const verdict = h("span", { class: "verdict" });
    const credit = h("span", { class: "points" });
    const gap = h("div", { class: "gap-lines" });
    const body = h("div", { class: "card-body", id: `${id}-body`, hidden: true });
    const button = h("button", { type: "button", class: "disclose", "aria-expanded": "false", "aria-controls": body.id, click: () => open(body.hidden) }, number, title, verdict, credit);
    const node = h("li", { class: "card", id }, h("h4", {}, button), gap, body);
    let item = null;
    let drawn = "";
    let drawnBody = "";
    const open = (wanted) => {
      body.hidden = !wanted;
      button.setAttribute("aria-expanded", String(wanted));
      if (wanted) drawBody();
    };
    const keepFocus = (part, draw) => {
      const inside = part.contains(document.activeElement) ? document.activeElement.dataset.keep ?? "" : null;
      draw();
      if (inside !== null) (part.querySelector(`[data-keep="${inside}"]`) ?? button).focus({ preventScroll: true });
    };
    const drawBody = () => {
      const { verdict, query, evidence, sources } = item.element;
      const lines = evidence.slice(0, MOST).map((_, at) => this.#lineOf(key, at));
      const now = JSON.stringify([verdict, query, evidence.length, evidence.slice(0, MOST).map(({ text, section, assertion, cue }) => [text, section, assertion, cue]), lines, sources]);
      if (now === drawnBody) return;
      drawnBody = now;
      keepFocus(body, () => body.replaceChildren(...this.#body(item, lines)));
    };
    const update = (given) => {
      item = given;
      const { element } = item;
      const near = element.gap?.near ? this.#lineOf(key, -1) : null;
      const now = JSON.stringify([item.number, element.title, element.verdict, element.credit, element.weight, element.gap && [element.gap.message, element.gap.fix], near]);
      if (now !== drawn) {
        drawn = now;
        const counts = element.weight > 0 && element.verdict !== "not-applicable";
        node.className = `card ${verdictClass(element.verdict)}${node.classList.contains("current") ? " current" : ""}`;
        say(number, item.number);
        say(title, visible(element.title));
        if (verdict.dataset.is !== element.verdict) { verdict.dataset.is = element.verdict; verdict.replaceChildren(pill(element.verdict)); }
        credit.replaceChildren(...(counts ? [`${points(element.credit)}/${element.weight}`, h("span", { class: "sr" }, " points")] : []));
        keepFocus(gap, () => gap.replaceChildren(...this.#gap(item, near)));
      }
      if (!body.hidden) drawBody();
    };
    return { node, button, update, open };
  }

  #gap({ key, element }, line) {
    if (!element.gap) return [];
    const place = line !== null && h("button", { type: "button", class: "link place", "data-keep": "place", click: () => this.#show(key, -1) }, `Go to the place, line ${line}`);
    return [
      h("p", { class: "gap" }, visible(element.gap.message)),
      h("p", { class: "fix" }, h("span", { class: "label" }, "What to write: "), visible(element.gap.fix), place && [" ", place]),
    ];
  }

  #body({ key, element }, lines) {
    const { query, evidence, sources } = element;
    return [
      ...(query ? [
        h("h5", {}, "Question to the provider ", h("span", { class: "hint" }, "draft")),
        h("blockquote", { class: "query" }, queryLines(query).map((line) => h("p", {}, line))),
        h("p", { class: "actions" }, keep(copyButton("Copy the question", () => queryLines(query).join("\n")), "copy")),
      ] : []),
      ...(evidence.length ? [
        h("h5", {}, "Evidence"),
        h("ul", { class: "evidence" }, evidence.slice(0, MOST).map((passage, at) => h("li", {},
          keep(h("button", { type: "button", class: "link quote", click: () => this.#show(key, at) }, `“${clip(passage.text)}”`), `quote-${at}`),
          h("span", { class: "meta" }, [assertion(passage), section(passage.section), `line ${lines[at]}`].filter(Boolean).join(" · "))))),
        evidence.length > MOST && h("p", { class: "meta" }, `and ${evidence.length - MOST} more places, marked in the note`),
      ].filter(Boolean) : []),
      ...(sources.length ? [h("h5", {}, "Sources"), h("ul", { class: "sources" }, sources.map((text) => h("li", {}, source(text))))] : []),
      h("p", { class: "actions" }, keep(explainLink(element.id, "Why it matters, and how to document it"), "explain")),
    ];
  }
}

function keep(node, name) {
  node.dataset.keep = name;
  return node;
}

function parted(items) {
  const of = (fits) => items.filter((item) => fits(item.element.verdict));
  return [["To complete", of(isOpen)], ["Documented", of((v) => v === "met")], ["Not applicable", of((v) => v === "not-applicable")]].filter(([, list]) => list.length > 0);
}

/** What changed between two states, for those who hear it. */
export function changes(before, after) {
  const told = [];
  if (!before || before.score !== after.score || before.outcome !== after.outcome) {
    const open = after.elements.filter((e) => isOpen(e.verdict)).length;
    told.push(after.outcome === "not-applicable" ? "Not about the lumbar spine." : `Score ${after.score} of 100, ${open} to complete.`);
  }
  const old = new Map((before?.elements ?? []).map((e) => [`${e.procedure} ${e.id}`, e.verdict]));
  const turned = after.elements.filter((e) => old.has(`${e.procedure} ${e.id}`) && old.get(`${e.procedure} ${e.id}`) !== e.verdict);
  if (turned.length > 4) told.push(`${turned.length} elements changed.`);
  else for (const e of turned) told.push(`${e.title}: ${verdictWord(e.verdict)}.`);
  return told.join(" ");
}

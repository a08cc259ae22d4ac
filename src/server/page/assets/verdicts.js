// The verdicts on one note, and what the reviewer says of each.

import { h, say } from "./dom.js";
import { explainLink } from "./dialogs.js";
import { clip, visible } from "./text.js";
import { VERDICT_NAMES, assertion, pill, plain, section, source, verdictClass, verdictWord } from "./words.js";

/**
 * The card of one verdict. `decide` promises the recorded decision; `show` goes to evidence, `next` to the verdict after it.
 */
export function verdictCard({ item, about, lineOf, show, decide, next }) {
  const { element, number } = item;
  const id = `verdict-${element.id}`;
  const said = h("p", { class: "said", role: "status" });
  const others = h("ul", { class: "others", role: "list" });
  const agree = h("button", { type: "button", class: "choice", "aria-pressed": "false", "aria-describedby": `${id}-title`, click: () => record("agree") }, "Agree");
  const disagree = h("button", { type: "button", class: "choice", "aria-pressed": "false", "aria-describedby": `${id}-title`, "aria-expanded": "false", "aria-controls": `${id}-form`, click: () => unfold(form.hidden || !corrections.isConnected, true) }, "Disagree");
  const remark = h("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": `${id}-form`, click: () => unfold(form.hidden, false) }, "Comment");
  const corrected = h("select", { id: `${id}-corrected` }, h("option", { value: "" }, "not said"), VERDICT_NAMES.filter((v) => v !== element.verdict).map((v) => h("option", { value: v }, verdictWord(v))));
  const value = valueField(`${id}-value`, about);
  const comment = h("textarea", { id: `${id}-comment`, rows: 2, maxlength: 1000, spellcheck: "false", autocomplete: "off" });
  const corrections = h("div", { class: "corrections" },
    h("label", {}, "The verdict that would be right", corrected),
    value && h("label", {}, `What the note says (${plain(about.field)})`, value));
  const save = h("button", { class: "primary" }, "Record");
  const form = h("form", { class: "answer", id: `${id}-form`, hidden: true, submit: (event) => { event.preventDefault(); record(corrections.isConnected ? "disagree" : "agree"); } },
    h("label", {}, "Comment (optional)", comment), h("p", { class: "buttons" }, save));
  const node = h("li", { class: `card verdict-card ${verdictClass(element.verdict)}`, keydown: pressed },
    h("header", {}, h("span", { class: "number", "aria-hidden": "true" }, number), h("h3", { id: `${id}-title` }, visible(element.title)), pill(element.verdict)),
    element.gap && h("p", { class: "gap" }, visible(element.gap.message)),
    (element.evidence.length > 0 || element.gap?.near) && h("ul", { class: "evidence" },
      element.evidence.map((passage, at) => h("li", {},
        h("button", { type: "button", class: "link quote", click: () => show(at) }, `“${clip(passage.text)}”`),
        h("span", { class: "meta" }, [assertion(passage), section(passage.section), `line ${lineOf(at)}`].filter(Boolean).join(" · ")))),
      element.gap?.near && h("li", {}, h("button", { type: "button", class: "link", click: () => show(-1) }, `The words would stand in line ${lineOf(-1)}`))),
    h("details", {}, h("summary", {}, "Sources"), h("ul", { class: "sources" }, element.sources.map((text) => h("li", {}, source(text)))), h("p", {}, explainLink(element.id, "Explanation"))),
    h("div", { class: "buttons decide", role: "group", "aria-labelledby": `${id}-title` }, agree, disagree, remark),
    form, said, others);
  let mine = null;

  function unfold(open, disagrees) {
    if (disagrees) form.prepend(corrections);
    else corrections.remove();
    form.hidden = !open;
    disagree.setAttribute("aria-expanded", String(open && disagrees));
    remark.setAttribute("aria-expanded", String(open && !disagrees));
    if (open) (disagrees ? corrected : comment).focus();
  }

  async function record(decision, forward = false) {
    const given = { element: element.id, decision };
    if (decision === "disagree") {
      if (corrected.value) given.corrected = corrected.value;
      if (value?.value.trim()) given.value = value.value.trim();
    }
    if (comment.value.trim()) given.comment = comment.value.trim();
    for (const button of [agree, disagree, save]) button.setAttribute("aria-disabled", "true");
    try {
      const back = form.contains(document.activeElement);
      told(await decide(given));
      form.hidden = true;
      disagree.setAttribute("aria-expanded", "false");
      remark.setAttribute("aria-expanded", "false");
      if (forward) next();
      else if (back) (decision === "agree" ? agree : disagree).focus();
    } catch (error) {
      said.classList.add("failed");
      say(said, `Not recorded: ${visible(error.message)}`);
    } finally {
      for (const button of [agree, disagree, save]) button.removeAttribute("aria-disabled");
    }
  }

  /** Shows the reviewer's own decision. */
  function told(decision) {
    mine = decision;
    agree.setAttribute("aria-pressed", String(decision?.decision === "agree"));
    disagree.setAttribute("aria-pressed", String(decision?.decision === "disagree"));
    node.classList.toggle("decided", decision !== null);
    said.classList.remove("failed");
    if (!decision) return;
    corrected.value = decision.corrected ?? "";
    if (value) value.value = decision.value ?? "";
    comment.value = decision.comment ?? "";
    say(said, `Recorded: ${spelled(decision)}.`);
  }

  function pressed(event) {
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Escape" && !form.hidden) { event.stopPropagation(); form.hidden = true; disagree.focus(); }
      return;
    }
    if (event.key === "a") record("agree", true);
    else if (event.key === "d") unfold(true, true);
    else if (event.key === "c") unfold(true, mine?.decision === "disagree");
    else return;
    event.preventDefault();
  }

  /** Shows what others decided, where that may be seen. */
  function hear(decisions) {
    others.replaceChildren(...decisions.map((d) => h("li", {}, h("strong", {}, visible(d.reviewer)), `: ${spelled(d)}`)));
  }

  return { node, told, hear, focus: () => agree.focus(), isDecided: () => mine !== null };
}

function spelled({ decision, corrected, value, comment }) {
  return [
    decision === "agree" ? "agrees" : "disagrees",
    corrected && `right would be ${verdictWord(corrected)}`,
    value && `the note says ${plain(value)}`,
    comment && `“${clip(comment, 400)}”`,
  ].filter(Boolean).join("; ");
}

function valueField(id, about) {
  if (!about?.field) return null;
  if (about.values.length === 0) return h("input", { id, autocomplete: "off", spellcheck: "false", maxlength: 500 });
  return h("select", { id }, h("option", { value: "" }, "not said"), about.values.map((v) => h("option", { value: v }, plain(v))));
}

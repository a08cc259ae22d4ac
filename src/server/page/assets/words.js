// The words, marks and classes for what a report says; the same as in its other renderings.

import { h } from "./dom.js";
import { visible } from "./text.js";

const VERDICTS = {
  met: ["met", "✓", "met"],
  partial: ["partial", "◐", "partial"],
  missing: ["missing", "✗", "missing"],
  contradicted: ["contradicted", "!", "contradicted"],
  unclear: ["unclear", "?", "unclear"],
  "not-applicable": ["not applicable", "–", "none"],
};

const OUTCOMES = {
  supported: ["supported", "met"],
  gaps: ["gaps", "partial"],
  "other-code": ["other code", "unclear"],
  "not-applicable": ["not applicable", "none"],
};

export const VERDICT_NAMES = Object.keys(VERDICTS);
export const verdictWord = (verdict) => VERDICTS[verdict]?.[0] ?? verdict;
export const verdictClass = (verdict) => VERDICTS[verdict]?.[2] ?? "none";
export const isOpen = (verdict) => verdict !== "met" && verdict !== "not-applicable";
export const outcomeWord = (outcome) => OUTCOMES[outcome]?.[0] ?? outcome;
export const outcomeClass = (outcome) => OUTCOMES[outcome]?.[1] ?? "none";
export const plain = (value) => visible(String(value).replaceAll("_", " "));

/** A verdict as a pill, with its mark, so that no colour has to be told apart. */
export function pill(verdict) {
  return h("span", { class: `pill ${verdictClass(verdict)}` }, h("span", { "aria-hidden": "true" }, VERDICTS[verdict]?.[1] ?? ""), ` ${verdictWord(verdict)}`);
}

export function outcomePill(outcome, big = false) {
  return h("span", { class: `pill ${big ? "big " : ""}${outcomeClass(outcome)}` }, outcomeWord(outcome));
}

export function section(kind) {
  if (!kind || kind === "other") return "";
  return ["hpi", "pmh", "ros", "cc"].includes(kind) ? kind.toUpperCase() : visible(kind.replaceAll(/[_-]/g, " "));
}

/** Points with at most one decimal. */
export const points = (credit) => String(Math.round(credit * 10) / 10);

/** A source with its verification mark set apart. */
export function source(text) {
  const found = /^(.*) [[(]((?:not )?verified)[\])]$/s.exec(text);
  return found ? [visible(found[1]), " ", h("span", { class: "tag" }, found[2])] : [visible(text)];
}

/** The draft of a question, with every option that it offers on a line of its own. */
export function queryLines(query) {
  const [lead, ...options] = query.split("( ) ");
  return [visible(lead.trim()), ...options.map((option) => `( ) ${visible(option.trim())}`)];
}

/** What the outcome means, in one sentence. */
export function sentence(report) {
  const elements = report.elements.filter((e) => !e.procedure && e.verdict !== "not-applicable");
  const open = elements.filter((e) => isOpen(e.verdict)).length;
  const code = report.coding.suggested;
  switch (report.outcome) {
    case "supported": return `All ${elements.length} elements that apply are documented.`;
    case "gaps": return open ? `${open} of ${elements.length} elements are not fully documented.` : "Every element is documented; a code excludes M53.86.";
    case "other-code": return code ? `The documentation points to ${visible(code)}.` : "The documentation does not point to M53.86.";
    default: return "The note is not about a problem of the lumbar spine.";
  }
}

/** The words for an assertion and what decided it. */
export function assertion({ assertion: status, cue }) {
  if (!status) return "";
  return cue ? `${status} by “${visible(cue)}”` : status;
}

// Code guidance: what the documentation supports, why, and what other codes would need.

import { h } from "./dom.js";
import { visible } from "./text.js";
import { explainLink } from "./dialogs.js";
import { source } from "./words.js";

/** Shows the guidance in a node; does nothing where it is what is shown already. */
export function codeGuidance(root) {
  let shown = "";
  return (coding) => {
    const now = JSON.stringify(coding);
    if (now === shown) return;
    shown = now;
    root.replaceChildren(...guidance(coding));
  };
}

export function guidance(coding) {
  const supported = coding.m53_86 === "supported";
  const other = coding.suggested && coding.suggested !== "M53.86" ? coding.suggested : null;
  const reasons = (title, list) => list.length > 0 && [
    h("h3", {}, title),
    h("ul", { class: "reasons" }, list.map((reason) => h("li", {}, h("p", {}, visible(reason.text)), reason.source && h("p", { class: "source" }, source(reason.source))))),
  ];
  return [
    h("p", { class: "verdict-line" },
      h("span", { class: `pill ${supported ? "met" : "partial"}` }, h("span", { "aria-hidden": "true" }, supported ? "✓ " : "! "), `M53.86 ${visible(coding.m53_86.replaceAll("-", " "))}`),
      other && [" Best supported: ", h("strong", {}, explainLink(other, visible(other))), "."]),
    reasons("Reasons", coding.reasons),
    reasons("Excluded by", coding.excludes),
    coding.alternatives.length > 0 && [
      h("h3", {}, "Other codes, and what each would need"),
      h("dl", { class: "codes" }, coding.alternatives.map(({ code, when }) => h("div", {}, h("dt", {}, explainLink(code, visible(code))), h("dd", {}, visible(when))))),
    ],
  ].flat(2).filter(Boolean);
}

// How far reviewers agree, with chartgap and with each other.

import { h, s } from "./dom.js";
import { visible } from "./text.js";

const percent = (share) => (share === null ? "–" : `${Math.round(share * 100)} %`);
const kappa = (value) => (value === null ? "–" : value.toFixed(2).replace("-", "−"));
const names = ({ reviewers }) => `${visible(reviewers[0])} and ${visible(reviewers[1])}`;

/** The tables of an agreement. */
export function agreementTables(agreement, titles) {
  const reviewers = Object.entries(agreement.reviewers);
  if (reviewers.length === 0) return [h("p", {}, "Nobody has decided on anything yet.")];
  const head = (text, number = true) => h("th", { scope: "col", class: number ? "number" : null }, text);
  return [
    h("p", { class: "small" }, `${agreement.notes} sampled notes. In full: ${reviewers.map(([name, notes]) => `${visible(name)} ${notes}`).join(", ")}.`),
    h("h3", {}, "With chartgap"),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Agreement with chartgap" },
      h("table", {},
        h("thead", {}, h("tr", {}, head("Element", false), head("Decisions"), head("Agree"), h("td", {}), head("Weighted"))),
        h("tbody", {}, agreement.elements.map((e) => h("tr", {},
          h("th", { scope: "row" }, visible(titles.get(e.element) ?? e.element)),
          h("td", { class: "number" }, e.decisions), h("td", { class: "number" }, percent(e.agreed)),
          h("td", { class: "bar-cell" }, e.agreed !== null && bar(e.agreed)), h("td", { class: "number" }, percent(e.agreed_weighted))))))),
    h("p", { class: "small" }, "Weighted: each decision counts for the notes of the archive that its note stands for. All decisions count here, those of others about notes that are still open to you as well: finish your notes first."),
    ...(agreement.pairs.length ? [
      h("h3", {}, "Between reviewers"),
      ...agreement.pairs.map((pair, at) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": names(pair) },
        h("table", {},
          h("caption", {}, names(pair)),
          h("thead", {}, h("tr", {}, head("Element", false), head("Both decided"), head("Same verdict"), head("Cohen’s κ"))),
          h("tbody", {}, agreement.elements.map((e) => [e, e.pairs[at]]).filter(([, p]) => p?.both > 0).map(([e, p]) => h("tr", {},
            h("th", { scope: "row" }, visible(titles.get(e.element) ?? e.element)), h("td", { class: "number" }, p.both), h("td", { class: "number" }, percent(p.agreed)), h("td", { class: "number" }, kappa(p.kappa))))),
          h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "All elements"), h("td", { class: "number" }, pair.both), h("td", { class: "number" }, percent(pair.agreed)), h("td", { class: "number" }, kappa(pair.kappa))))))),
      h("p", { class: "small" }, "κ of all elements is the mean of those that have one; an element on which one verdict alone occurs has none."),
    ] : []),
  ];
}

function bar(share) {
  return s("svg", { class: "shares", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "rail", width: 100, height: 10 }), s("rect", { class: "accent", width: share * 100, height: 10 }));
}

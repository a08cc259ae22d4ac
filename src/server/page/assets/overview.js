// What the whole comes to: score, outcome, the note in eight facts.

import { h, s, say } from "./dom.js";
import { visible } from "./text.js";
import { outcomeClass, outcomePill, plain, sentence } from "./words.js";

/** A score from 0 to 100 as a ring. */
export function ring() {
  const circle = (name) => s("circle", { class: name, cx: 50, cy: 50, r: 43, fill: "none", "stroke-width": 9 });
  const arc = circle("arc");
  arc.setAttribute("pathLength", "100");
  arc.setAttribute("transform", "rotate(-90 50 50)");
  const number = s("text", { x: 50, y: 55, "text-anchor": "middle", "font-size": 30, "font-weight": 650 });
  const of = s("text", { x: 50, y: 72, "text-anchor": "middle", "font-size": 12, class: "of" }, "of 100");
  const node = s("svg", { class: "ring", viewBox: "0 0 100 100", role: "img" }, circle("rail"), arc, number, of);
  const show = (score, outcome) => {
    const counts = score !== null && outcome !== "not-applicable";
    arc.setAttribute("class", `arc ${outcome ? outcomeClass(outcome) : "none"}`);
    arc.setAttribute("stroke-dasharray", `${counts ? score : 0} 100`);
    say(number, counts ? String(score) : "–");
    node.setAttribute("aria-label", counts ? `Score ${score} of 100` : "No score");
  };
  show(null, null);
  return { node, show };
}

/** Outcome and sentence. */
export function outcomeLine(report) {
  return [outcomePill(report.outcome, true), ` ${sentence(report)}`];
}

/** The summary of a note about the lumbar spine; nothing of another one. */
export function facts(summary) {
  if (!summary.lumbar) return [];
  const row = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const conditions = summary.named_conditions.length ? visible(summary.named_conditions.join(", ")) : "none named";
  const acuity = summary.duration ? `${plain(summary.acuity)} (${visible(summary.duration)})` : plain(summary.acuity);
  const care = summary.care_types.length ? summary.care_types.join(", ") : summary.conservative_care;
  return [
    row("Condition", conditions), row("Region", plain(summary.region)), row("Acuity", acuity), row("Imaging", plain(summary.imaging)),
    row("Care", plain(care)), row("Function", plain(summary.function)), row("Injury", plain(summary.injury)), row("Radiculopathy", plain(summary.radiculopathy)),
  ];
}

/** What made the report. */
export function provenance(made) {
  const row = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, h("code", {}, visible(value))));
  return h("dl", { class: "facts made" },
    row("Software", `${made.software} ${made.version}`), row("Code set", `ICD-10-CM ${made.code_set}`),
    row("Lexicon (SHA-256)", made.lexicon), row("Checklist (SHA-256)", made.checklist),
    row("Classifier", made.classifier ? `${made.classifier.name} (${made.classifier.sha256})` : "none, rules alone"));
}

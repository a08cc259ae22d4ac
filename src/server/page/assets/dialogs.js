// Dialogs: an explanation, the token.

import { Problem, ask } from "./api.js";
import { h } from "./dom.js";
import { visible } from "./text.js";
import { source } from "./words.js";

/** Shows a dialog over the page and takes it away once it is closed. */
export function dialog(title, content, { actions = [], className = "" } = {}) {
  const heading = h("h2", { id: "dialog-title", tabindex: "-1" }, title);
  const close = h("button", { type: "button", class: "quiet", click: () => node.close() }, "Close");
  const node = h("dialog", { class: className, "aria-labelledby": "dialog-title" }, h("header", {}, heading, close), h("div", { class: "dialog-body" }, content), actions.length > 0 && h("footer", {}, actions));
  const back = document.activeElement;
  node.addEventListener("close", () => { node.remove(); if (back?.isConnected) back.focus(); });
  node.addEventListener("click", (event) => { if (event.target === node) node.close(); });
  document.body.append(node);
  node.showModal();
  heading.focus();
  return node;
}

/** A link to an explanation, which opens over the page. */
export function explainLink(topic, label) {
  const open = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    explain(topic);
  };
  return h("a", { href: `/v1/explain/${encodeURIComponent(topic)}`, click: open }, label);
}

async function explain(topic) {
  const body = h("div", { "aria-live": "polite" }, h("p", { class: "small" }, "Loading…"));
  const node = dialog("Explanation", body);
  try {
    const found = await (await ask(`/v1/explain/${encodeURIComponent(topic)}`)).json();
    node.querySelector("h2").textContent = visible(found.title);
    body.replaceChildren(
      ...found.body.map(({ heading, text }) => h("section", {}, heading && h("h3", {}, visible(heading)), paragraphs(text))),
      ...(found.sources.length ? [h("section", {}, h("h3", {}, "Sources"), h("ul", { class: "sources" }, found.sources.map((text) => h("li", {}, source(text)))))] : []));
  } catch (error) {
    body.replaceChildren(h("p", {}, error instanceof Problem ? visible(error.message) : "This cannot be shown."));
  }
}

/** Lines of text; those that begin with a dash are the entries of a list. */
function paragraphs(text) {
  const out = [];
  for (const line of text.split("\n").filter((l) => l.trim())) {
    if (!line.startsWith("- ")) {
      out.push(h("p", {}, visible(line)));
      continue;
    }
    if (out.at(-1)?.tagName !== "UL") out.push(h("ul", { class: "plain" }));
    out.at(-1).append(h("li", {}, visible(line.slice(2))));
  }
  return out;
}

/** Asks for the token of the service. Promises it, or nothing where the dialog is closed without one. */
export function askForToken(wasWrong) {
  return new Promise((done) => {
    const input = h("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: true, "aria-describedby": "token-hint", "aria-invalid": wasWrong ? "true" : null });
    let given = "";
    const take = (event) => { event.preventDefault(); given = input.value.trim(); if (given) node.close(); };
    const form = h("form", { class: "stack", submit: take },
      wasWrong && h("p", { class: "problem", role: "alert" }, "That token is not the one of this service."),
      h("label", { for: "token" }, "Token"), input,
      h("p", { class: "small", id: "token-hint" }, "The service asks for a token. This page keeps it in memory, until it is closed or loaded again."),
      h("p", {}, h("button", { class: "primary" }, "Continue")));
    const node = dialog("Token", form);
    node.addEventListener("close", () => done(given));
    input.focus();
  });
}

// A form for every operation of /openapi.json. All text goes in as text, nothing as markup.

const main = document.getElementById("operations");
const token = document.getElementById("token");
const NOTE = "HPI: Low back pain for 8 months. Naproxen and 6 weeks of PT without relief.\n" +
  "MRI lumbar spine: moderate facet arthropathy at L4-5.\nASSESSMENT: Lumbar facet syndrome.";

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function field(parameter) {
  const { schema, name } = parameter;
  let input;
  if (schema.enum || schema.type === "boolean") {
    input = element("select", { name });
    for (const value of ["", ...(schema.enum ?? ["true", "false"])]) input.append(element("option", { value, textContent: value }));
  } else {
    input = element("input", { name, required: parameter.required });
  }
  return element("label", {}, `${name}${parameter.required ? "" : " (optional)"}: ${parameter.description}`, input);
}

function example(type) {
  if (type === "application/json") return JSON.stringify({ text: NOTE, mentions: false }, null, 1);
  if (type === "application/x-ndjson") return JSON.stringify({ id: "note-1", text: NOTE }) + "\n";
  return type === "text/plain" ? NOTE : "";
}

async function send(path, method, form, answer) {
  const query = new URLSearchParams();
  let target = path;
  for (const input of form.querySelectorAll("[data-in]")) {
    const control = input.querySelector("input, select");
    if (!control.value) continue;
    if (input.dataset.in === "path") target = target.replace(`{${control.name}}`, encodeURIComponent(control.value));
    else query.set(control.name, control.value);
  }
  if ([...query].length) target += `?${query}`;
  const headers = {};
  if (token.value) headers.authorization = `Bearer ${token.value}`;
  const body = form.querySelector("textarea");
  if (body) headers["content-type"] = form.querySelector("select.type").value;
  answer.textContent = "…";
  const began = performance.now();
  try {
    const response = await fetch(target, { method: method.toUpperCase(), headers, body: body?.value });
    const text = await response.text();
    const time = (performance.now() - began).toFixed(1);
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 1); } catch { /* not one JSON document */ }
    answer.textContent = `${response.status} ${response.statusText}, ${time} ms, ${response.headers.get("content-type") ?? ""}\n\n${shown}`;
  } catch {
    answer.textContent = "The service did not answer.";
  }
}

function operation(path, method, described) {
  const answer = element("pre", { tabIndex: 0 });
  answer.setAttribute("aria-live", "polite");
  answer.setAttribute("aria-label", "Answer");
  const form = element("form");
  for (const parameter of described.parameters ?? []) {
    const label = field(parameter);
    label.dataset.in = parameter.in;
    form.append(label);
  }
  const types = Object.keys(described.requestBody?.content ?? {});
  if (types.length) {
    const choice = element("select", { className: "type" });
    for (const type of types) choice.append(element("option", { value: type, textContent: type }));
    const body = element("textarea", { value: example(types[0]), spellcheck: false });
    choice.addEventListener("change", () => { body.value = example(choice.value); });
    form.append(element("label", {}, "Type of the body", choice), element("label", {}, "Body", body));
  }
  form.append(element("button", { textContent: "Send" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(path, method, form, answer);
  });
  const answers = element("table", {}, element("caption", { textContent: "Answers" }));
  for (const [status, value] of Object.entries(described.responses)) {
    answers.append(element("tr", {}, element("th", { textContent: status, scope: "row" }), element("td", { textContent: value.description })));
  }
  return element("details", {},
    element("summary", {}, element("span", { className: "method", textContent: method }), element("code", { textContent: path }), ` ${described.summary}`),
    element("p", { textContent: described.description }), form, answer, answers);
}

const response = await fetch("/openapi.json", { headers: token.value ? { authorization: `Bearer ${token.value}` } : {} });
const documented = await response.json();
main.replaceChildren();
for (const [path, methods] of Object.entries(documented.paths)) {
  for (const [method, described] of Object.entries(methods)) main.append(operation(path, method, described));
}

// Elements of a page. Text goes in as text nodes, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Attributes that are functions listen to the event of that name; `true` stands for an empty attribute. */
export function h(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** An element of SVG. */
export function s(name, attributes, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Replaces what stands in a node only where it differs, so that screen readers are not told again. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const spoken = { timer: 0, last: "" };

/** Tells screen readers, politely, once nothing new came for a while. */
export function announce(text, delay = 150) {
  clearTimeout(spoken.timer);
  spoken.timer = setTimeout(() => {
    const region = byId("announcer");
    // A region tells what changes; the same words again are told by way of an invisible difference.
    region.textContent = text === spoken.last ? `${text}\u00a0` : text;
    spoken.last = region.textContent;
  }, delay);
}

/** Scrolls so far that a node can be seen, without a glide for those who asked for none. */
export function reveal(node, block = "nearest") {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block, inline: "nearest", behavior: still ? "instant" : "smooth" });
}

/** A button that copies what `text` gives, and says so. */
export function copyButton(label, text) {
  const button = h("button", { type: "button", class: "quiet", click: copy }, label);
  async function copy() {
    const done = await copied(text());
    button.textContent = done ? "Copied" : "Copying is not allowed here";
    announce(button.textContent, 0);
    setTimeout(() => { button.textContent = label; }, 2000);
  }
  return button;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that came without encryption have no clipboard but this one.
    const back = document.activeElement;
    const area = h("textarea", { class: "sr", "aria-hidden": "true", tabindex: "-1" });
    (back?.closest("dialog") ?? document.body).append(area);
    area.value = text;
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    back?.focus();
    return done;
  }
}

/** Dark or light as the system says, until somebody wants it otherwise; kept for this page alone. */
export function themeButton(button) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const show = () => { button.textContent = isDark() ? "Light" : "Dark"; button.setAttribute("aria-label", `${button.textContent} colours`); };
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; show(); });
  dark.addEventListener("change", show);
  show();
}

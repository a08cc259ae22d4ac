// The service and the browser that the tests drive.

import { chromium } from "playwright-core";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const BINARY = process.env.CHARTGAP ?? join(ROOT, "target/debug/chartgap");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const AXE = readFileSync(join(ROOT, "tests/browser/node_modules/axe-core/axe.min.js"), "utf8");
/** Where pictures go; none are taken without it. */
const PICTURES = process.env.PICTURES;
/** Set to take the files of the page from the sources and not out of the binary, while they are being written. */
const FROM_SOURCES = process.env.PAGE_FROM_SOURCES;

if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: cargo build`);

/** Starts the service with these arguments, and promises its address and an end. */
export async function serve(...args) {
  const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const child = spawn(BINARY, ["serve", ...listen, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const lines = createInterface({ input: child.stderr });
  const log = [];
  const address = await new Promise((done, failed) => {
    lines.on("line", (line) => {
      log.push(line);
      const found = /listening on (http:\/\/\S+)/.exec(line);
      if (found) done(found[1]);
    });
    child.on("exit", (code) => failed(new Error(`the service ended with ${code}: ${log.join("\n")}`)));
  });
  const stop = async () => {
    child.removeAllListeners("exit");
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  };
  return { address, log, stop };
}

/** A new directory with an audit of these notes, each of which is in the sample. */
export function audited(notes) {
  const directory = mkdtempSync(join(tmpdir(), "chartgap-"));
  const input = join(directory, "notes.jsonl");
  writeFileSync(input, notes.map((note) => JSON.stringify(note)).join("\n") + "\n", { mode: 0o600 });
  const out = join(directory, "audit");
  const made = spawnSync(BINARY, ["audit", input, "--out", out, "--sample", String(notes.length), "--text", "--quiet"], { encoding: "utf8" });
  if (made.status > 2 || !existsSync(join(out, "sample.jsonl"))) throw new Error(`no audit: ${made.stderr}`);
  return { out, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A browser that talks to nobody but the service. */
export async function browse() {
  // Pages that do not come from the service are taken for pages of the internet, which may not ask this machine.
  const own = FROM_SOURCES ? ["--disable-features=LocalNetworkAccessChecks"] : [];
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [...own, "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page whose every complaint is kept in `page.complaints`, with every request to anywhere but the service. */
export async function pageOf(browser, address, path = "/", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith(address) && !request.url().startsWith("blob:")) page.complaints.push(`asked ${request.url()}`); });
  if (FROM_SOURCES) await fromSources(page);
  await page.goto(address + path);
  return page;
}

async function fromSources(page) {
  const source = readFileSync(join(ROOT, "src/server/page/mod.rs"), "utf8");
  const policy = /const POLICY: &str = "([^"]*)"/.exec(source)[1].replaceAll(/\\\n\s*/g, "");
  const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
  await page.route((url) => url.pathname === "/" || url.pathname === "/review" || url.pathname.startsWith("/assets/"), (route) => {
    const { pathname } = new URL(route.request().url());
    const name = { "/": "index.html", "/review": "review.html" }[pathname] ?? pathname.slice("/assets/".length);
    const folder = ["base.css", "note.css"].includes(name) ? "src/render/html" : "src/server/page/assets";
    const body = readFileSync(join(ROOT, folder, name));
    route.fulfill({ body, headers: { "content-type": `${types[name.split(".").pop()]}; charset=utf-8`, "content-security-policy": policy } });
  });
}

/** What axe-core finds wrong with the page as it stands. */
export async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(" ")} ${node.failureSummary}`));
}

export async function picture(page, name) {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** Waits until what is shown is about the text as it stands. */
export async function settled(page) {
  await page.waitForFunction(() => document.getElementById("status").dataset.is === "live");
}

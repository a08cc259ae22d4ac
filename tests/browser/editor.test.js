// The editor in a real browser, against the real service.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { GAPS, HOSTILE, RTF, long } from "./notes.js";
import { browse, pageOf, picture, serve, settled, violations } from "./support.js";

let service;
let browser;
before(async () => { [service, browser] = await Promise.all([serve(), browse()]); });
after(async () => { await browser.close(); await service.stop(); });

async function editor(options) {
  const page = await pageOf(browser, service.address, "/", options);
  await settled(page);
  return page;
}

/** Puts a text in as a paste would. */
async function paste(page, text) {
  await page.locator("#note").focus();
  await page.evaluate((text) => {
    const field = document.getElementById("note");
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
  }, text);
  await page.waitForTimeout(50);
  await settled(page);
}

const end = async (page) => {
  assert.deepEqual(page.complaints, []);
  await page.close({ runBeforeUnload: false });
};

const verdict = (page, title) => page.locator(".card", { has: page.locator(".title", { hasText: title }) }).locator(".pill").innerText();
/** The text of the layer behind the field, which has to be the field's. */
const layered = (page) => page.evaluate(() => [...document.querySelectorAll("#layer > div")].map((line) => line.textContent).join("\n"));
const marked = (page) => page.evaluate(() => [...document.querySelectorAll("#layer .mark")].map((node) => node.textContent));
const score = async (page) => Number((/\d+/.exec(await page.locator("svg.ring").getAttribute("aria-label")) ?? [NaN])[0]);

test("the checklist follows the typing", async () => {
  const page = await editor();
  await page.locator("#note").focus();
  await page.keyboard.type("ASSESSMENT:\nLumbar facet syndrome.\n", { delay: 5 });
  await settled(page);
  await page.locator("#result").waitFor();
  const first = await score(page);
  assert.match(await verdict(page, /onset|duration|chronic/i), /missing/);
  await page.keyboard.type("\nHPI:\nLow back pain for 8 months.", { delay: 5 });
  await settled(page);
  assert.match(await verdict(page, /onset|duration|chronic/i), /met/);
  assert.ok((await score(page)) > first);
  assert.equal(await layered(page), await page.locator("#note").inputValue());
  // Told once, after the typing.
  await page.waitForFunction(() => /Score \d+ of 100/.test(document.getElementById("announcer").textContent));
  await end(page);
});

test("marks say verdict, assertion and cue on hover and at the caret", async () => {
  const page = await editor();
  await paste(page, GAPS);
  const mark = page.locator("#layer .mark", { hasText: "trauma" }).first();
  const box = await mark.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const hint = page.locator("#hint");
  await hint.waitFor();
  assert.match(await hint.innerText(), /absent by “Denies”/i);
  await picture(page, "hover");
  await page.keyboard.press("Escape");
  await hint.waitFor({ state: "hidden" });
  const at = GAPS.indexOf("trauma") + 2;
  await page.evaluate((at) => { const field = document.getElementById("note"); field.focus(); field.setSelectionRange(at, at); }, at);
  await page.locator("#cursor", { hasText: /absent by “Denies”/i }).waitFor();
  assert.equal(await page.locator(".card.current").count(), 1);
  await end(page);
});

test("from a gap to its place and back, by mouse and by keyboard", async () => {
  const page = await editor();
  await paste(page, GAPS.replace("IMAGING:\nMRI lumbar spine: moderate facet arthropathy at L4-5.\n", "IMAGING:\n"));
  const place = page.locator(".place").first();
  await place.click();
  const selected = await page.evaluate(() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd); });
  assert.match(selected, /^[A-Z]+:?$/);
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.className), "disclose");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-expanded")), "true");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.id), "note");
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("F8");
  await page.waitForFunction(() => /^Mark \d+ of \d+: /.test(document.getElementById("announcer").textContent));
  await page.keyboard.press("Alt+Enter");
  assert.equal(await page.evaluate(() => document.activeElement.className), "disclose");
  await page.locator(".card .quote").first().click();
  const quoted = await page.evaluate(() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd); });
  assert.ok(GAPS.includes(quoted) && quoted.length > 2);
  await end(page);
});

test("a question is copied as it is shown", async () => {
  const page = await editor();
  await paste(page, "ASSESSMENT:\nLumbar facet syndrome.\n");
  const card = page.locator(".card.missing", { has: page.locator(".title") }).first();
  await card.locator(".disclose").click();
  await card.getByRole("button", { name: "Copy the question" }).click();
  await card.getByRole("button", { name: "Copied" }).waitFor();
  const shown = (await card.locator(".query p").allInnerTexts()).join("\n");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
  assert.ok(shown.length > 40);
  // All of them, in the order of the checklist, each under its title.
  const asking = await page.locator(".card.missing .title, .card.partial .title").allInnerTexts();
  await page.getByRole("button", { name: "Copy all questions" }).click();
  await page.locator("#copy-all").getByRole("button", { name: "Copied" }).waitFor();
  const all = await page.evaluate(() => navigator.clipboard.readText());
  const titles = all.split("\n\n").map((question) => question.split("\n")[0]);
  assert.ok(all.includes(shown) && titles.length > 1);
  assert.deepEqual(titles, asking.filter((title) => titles.includes(title)));
  // A note that lacks nothing asks nothing.
  await page.locator("#note").fill("");
  await settled(page);
  await page.locator("#note").fill("Sore throat for two days.");
  await settled(page);
  assert.equal(await page.getByRole("button", { name: "Copy all questions" }).count(), 0);
  await end(page);
});

test("code guidance has reasons, sources, other codes, and explains them", async () => {
  const page = await editor();
  await paste(page, GAPS);
  const code = page.locator("#code");
  assert.match(await code.innerText(), /Reasons/);
  assert.ok((await code.locator(".source").count()) > 0);
  const link = code.locator(".codes a, .verdict-line a").first();
  assert.match(await link.getAttribute("href"), /^\/v1\/explain\//);
  await link.click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("section").first().waitFor();
  assert.ok((await dialog.innerText()).length > 100);
  await picture(page, "explanation");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await end(page);
});

test("undo goes through what was typed, and marks follow", async () => {
  const page = await editor();
  await page.locator("#note").focus();
  await page.keyboard.type("Low back pain for 8 months. Lumbar facet syndrome.");
  const whole = await page.locator("#note").inputValue();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await settled(page);
  await page.keyboard.press("Control+Z");
  assert.equal(await page.locator("#note").inputValue(), whole);
  await page.waitForTimeout(50);
  await settled(page);
  assert.equal(await layered(page), whole);
  assert.ok((await marked(page)).some((words) => words.includes("facet")));
  await page.getByRole("button", { name: "Clear" }).click();
  await page.keyboard.press("Control+Z");
  assert.equal(await page.locator("#note").inputValue(), whole);
  await end(page);
});

test("what an input method composes is checked as well", async () => {
  const page = await editor();
  await paste(page, "HPI: pain 痛");
  const devtools = await page.context().newCDPSession(page);
  for (const text of ["い", "いた", "いたい"]) await devtools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await devtools.send("Input.insertText", { text: "痛い" });
  await settled(page);
  assert.equal(await page.locator("#note").inputValue(), "HPI: pain 痛痛い");
  assert.equal(await layered(page), "HPI: pain 痛痛い");
  await end(page);
});

test("characters beyond 16 bits move no mark", async () => {
  const page = await editor();
  await paste(page, `👩‍⚕️🦴 𝕳𝖕𝖎 é\n${GAPS}`);
  const marks = await marked(page);
  assert.ok(marks.some((words) => words.includes("8 months")), marks.join("|"));
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("🦴");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Backspace");
  await page.waitForTimeout(50);
  await settled(page);
  assert.deepEqual(await marked(page), marks);
  assert.equal(await layered(page), await page.locator("#note").inputValue());
  await end(page);
});

test("changes taken in one after the other say what a check of the whole text says", async () => {
  const page = await editor();
  const wrong = await page.evaluate(async ({ text, rounds }) => {
    const { taken } = await import("/assets/change.js");
    const { difference } = await import("/assets/text.js");
    let seed = 7;
    const random = (below) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor((seed / 2147483648) * below); };
    const post = async (path, body) => (await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();
    const words = ["🦴", "no ", "\n", "denies ", "lumbar facet syndrome ", "for 8 months ", "👩‍⚕️", "MRI ", ". ", "PLAN:\n", "é"];
    const opened = await post("/v1/sessions", { text, encoding: "utf-16" });
    let state = taken(null, opened.change);
    const wrong = [];
    for (let round = 0; round < rounds; round++) {
      const points = [...text];
      const at = random(points.length + 1);
      const gone = random(4) === 0 ? random(30) : 0;
      const now = points.slice(0, at).join("") + (random(5) ? words[random(words.length)] : "") + points.slice(at + gone).join("");
      const edit = difference(text, now);
      if (!edit) continue;
      if (text.slice(0, edit.start) + edit.text + text.slice(edit.end) !== now) wrong.push(`difference ${round}`);
      text = now;
      state = taken(state, await post(`/v1/sessions/${opened.session}/edits`, { revision: state.revision, edits: [edit] }));
      const fresh = await post("/v1/sessions", { text, encoding: "utf-16" });
      await fetch(`/v1/sessions/${fresh.session}`, { method: "DELETE" });
      const whole = taken(null, fresh.change);
      const same = (s) => JSON.stringify({ ...s, revision: 0 });
      if (same(state) !== same(whole)) wrong.push(`state ${round}`);
      for (const e of state.elements.flatMap((e) => e.evidence)) if (text.slice(e.start, e.end) !== e.text) wrong.push(`place ${round}`);
    }
    return wrong;
  }, { text: `👩‍⚕️ ${GAPS}`, rounds: 60 });
  assert.deepEqual(wrong, []);
  await end(page);
});

test("places of reports are converted from code points", async () => {
  const page = await editor();
  const wrong = await page.evaluate(async () => {
    const { fromCodePoints, difference } = await import("/assets/text.js");
    const { stretched } = await import("/assets/change.js");
    const wrong = [];
    for (const text of ["", "abc", "a🦴b", "🦴🦴", "é👩‍⚕️x\n🦴"]) {
      const place = fromCodePoints(text);
      const points = [...text];
      for (let at = 0; at <= points.length; at++) if (place(at) !== points.slice(0, at).join("").length) wrong.push([text, at]);
    }
    const halves = [["🦴", "🦵"], ["a🦴", "a🦵b"], ["🦴🦴", "🦴"], ["x", "🦴"], ["🦴a", "🤴a"]];
    for (const [old, now] of halves) {
      const { start, end, text } = difference(old, now);
      if (old.slice(0, start) + text + old.slice(end) !== now || !text.isWellFormed() || !old.slice(start, end).isWellFormed()) wrong.push([old, now]);
    }
    const cases = [
      [[{ start: 2, end: 2, inserted: 3 }], { start: 0, end: 5 }, { start: 0, end: 8 }],
      [[{ start: 0, end: 1, inserted: 0 }], { start: 3, end: 5 }, { start: 2, end: 4 }],
      [[{ start: 4, end: 8, inserted: 1 }], { start: 2, end: 6 }, { start: 2, end: 4 }],
      [[{ start: 0, end: 4, inserted: 1 }], { start: 2, end: 6 }, { start: 1, end: 3 }],
      [[{ start: 0, end: 9, inserted: 2 }], { start: 2, end: 6 }, { start: 2, end: 2 }],
    ];
    for (const [edits, place, then] of cases) if (JSON.stringify(stretched(edits, place)) !== JSON.stringify(then)) wrong.push(stretched(edits, place));
    return wrong;
  });
  assert.deepEqual(wrong, []);
  await end(page);
});

test("a note full of markup stays text", async () => {
  const page = await editor();
  const before = await page.evaluate(() => document.querySelectorAll("script, style, iframe, img, link, form, math").length);
  await paste(page, HOSTILE);
  await page.locator("#mentions").check();
  for (const button of await page.locator(".disclose").all()) await button.click();
  await picture(page, "hostile");
  assert.equal(await page.evaluate(() => document.querySelectorAll("script, style, iframe, img, link, form, math").length), before);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await layered(page), await page.locator("#note").inputValue());
  const mark = page.locator("#layer .mark", { hasText: /facet/ }).first();
  const box = await mark.boundingBox();
  await page.mouse.move(box.x + 4, box.y + 4);
  await page.locator("#hint").waitFor();
  // Characters that turn the direction do so in the field alone.
  assert.ok(!/[\u202e\u200b]/.test(await page.locator("#findings").innerText()));
  assert.deepEqual(await violations(page), []);
  await end(page);
});

test("a page cannot run what is not its own", async () => {
  const page = await editor();
  const policy = (await page.request.get(`${service.address}/`)).headers()["content-security-policy"];
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]) assert.ok(policy.includes(part), part);
  const refused = await page.evaluate(() => {
    try { document.body.innerHTML = "<b>x</b>"; return "taken"; } catch (error) { return error.name; }
  });
  assert.equal(refused, "TypeError");
  page.complaints.length = 0;
  await end(page);
});

test("a note of 200 kB is typed in without lag", async () => {
  const page = await editor();
  const text = long(200_000);
  await paste(page, text);
  await page.locator("#result").waitFor();
  const at = text.indexOf("\n", 100_000);
  await page.evaluate((at) => { const field = document.getElementById("note"); field.focus(); field.setSelectionRange(at, at); }, at);
  const sent = [];
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  devtools.on("Network.webSocketFrameSent", ({ response }) => sent.push(response.payloadData.length));
  // Time of the page's thread, which does not depend on what else the machine does.
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => (await devtools.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value * 1000;
  const words = " Denies any fall, injury or accident at work.";
  const before = await spent();
  await page.keyboard.type(words, { delay: 60 });
  await settled(page);
  const each = ((await spent()) - before) / words.length;
  console.log(`200 kB: ${each.toFixed(1)} ms of the page's thread for a key and what it changes`);
  assert.ok(each < 80, `${each}`);
  assert.ok(sent.length > 10 && Math.max(...sent) < 500, "edits are sent, not the text");
  assert.equal(await layered(page), await page.locator("#note").inputValue());
  const heights = await page.evaluate(() => [document.getElementById("layer").offsetHeight, document.getElementById("note").scrollHeight]);
  assert.ok(Math.abs(heights[0] - heights[1]) <= 2, heights.join());
  await picture(page, "200kB");
  await end(page);
});

test("marks lie where the words are", async () => {
  const page = await editor();
  await paste(page, `${"A long line that has to be broken in several places because it does not fit. ".repeat(6)}Lumbar facet syndrome.\n\tTab\tand   spaces   \n${GAPS}`);
  // The field says which character of it stands at the place where the layer draws a mark.
  const off = await page.evaluate(() => {
    const off = [];
    let lineStart = 0;
    for (const line of document.querySelectorAll("#layer > div")) {
      for (const span of line.querySelectorAll(".mark")) {
        const start = lineStart + Number(span.dataset.from);
        for (const [at, box] of [[start, span.getClientRects()[0]], [start + span.textContent.length, [...span.getClientRects()].at(-1)]]) {
          const x = at === start ? box.left + 1 : box.right - 1;
          const found = document.caretPositionFromPoint(x, (box.top + box.bottom) / 2);
          if (found?.offsetNode.id !== "note" || found.offset !== at) off.push([span.textContent, at, found?.offset]);
        }
      }
      lineStart += line.textContent.length + 1;
    }
    return off;
  });
  assert.ok((await marked(page)).length >= 8);
  assert.deepEqual(off, []);
  await end(page);
});

test("a note that is too long is refused in words, and checked again once it is shorter", async () => {
  const page = await editor();
  await page.evaluate((text) => {
    const field = document.getElementById("note");
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
  }, long(300_000));
  await page.waitForFunction(() => document.getElementById("status").dataset.is === "refused");
  assert.match(await page.locator("#problem").innerText(), /bytes/);
  await page.locator("#note").focus();
  await page.keyboard.press("Control+A");
  await paste(page, GAPS);
  await page.locator("#problem").waitFor({ state: "hidden" });
  await end(page);
});

test("files are opened: text here, other formats by the service", async () => {
  const directory = mkdtempSync(join(tmpdir(), "chartgap-"));
  const page = await editor();
  try {
    for (const [name, content, words] of [["visit.txt", GAPS, "Naproxen"], ["visit.rtf", RTF, "Low back pain for 8 months."], ["latin.txt", Buffer.from([...Buffer.from("HPI: caf"), 0xe9]), "café"]]) {
      writeFileSync(join(directory, name), content);
      await page.locator("#file").setInputFiles(join(directory, name));
      await page.waitForFunction((words) => document.getElementById("note").value.includes(words), words);
      assert.equal(await page.locator("#note-title").innerText(), name);
      await settled(page);
    }
    writeFileSync(join(directory, "broken.pdf"), "%PDF-1.7 and no more");
    await page.locator("#file").setInputFiles(join(directory, "broken.pdf"));
    await page.locator("#problem", { hasText: "broken.pdf cannot be opened" }).waitFor();
  } finally {
    rmSync(directory, { recursive: true });
  }
  page.complaints = page.complaints.filter((text) => !text.includes("422"));
  await end(page);
});

test("date, procedures and codes go with the note", async () => {
  const page = await editor();
  await paste(page, GAPS);
  await page.locator("#context summary").click();
  await page.locator("#procedures").fill("64493");
  await page.locator("#procedures").blur();
  await page.locator(".procedure h2", { hasText: "64493" }).waitFor();
  assert.deepEqual(await violations(page), []);
  await end(page);
});

test("the report is saved in three forms", async () => {
  const page = await editor();
  await paste(page, GAPS);
  for (const [button, part] of [["Save as a page", "<!DOCTYPE html>"], ["Save as JSON", "chartgap.report/1"], ["Save as FHIR", "\"resourceType\":\"Bundle\""]]) {
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    const stream = await (await saving).createReadStream();
    let text = "";
    for await (const chunk of stream) text += chunk;
    assert.ok(text.includes(part), button);
  }
  await end(page);
});

test("requests take over where there is no WebSocket", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await page.routeWebSocket(/live/, (socket) => socket.close());
  await page.addInitScript(() => {
    globalThis.WebSocket = class extends EventTarget {
      constructor() { super(); setTimeout(() => this.dispatchEvent(new Event("close"))); }
      close() {}
    };
  });
  await page.goto(service.address);
  await settled(page);
  await paste(page, GAPS);
  assert.match(await verdict(page, /onset|duration|chronic/i), /met/);
  assert.ok(asked.some((line) => /^POST \/v1\/sessions\/.+\/edits$/.test(line)));
  await context.close();
});

test("a service that goes away comes back into the same note", async () => {
  let own = await serve();
  const port = new URL(own.address).port;
  const page = await pageOf(browser, own.address);
  await settled(page);
  await paste(page, GAPS);
  await own.stop();
  await page.keyboard.type("PLAN: rest.");
  await page.waitForFunction(() => document.getElementById("status").dataset.is === "offline");
  assert.equal(await layered(page), await page.locator("#note").inputValue());
  own = await serve("--listen", `127.0.0.1:${port}`);
  await page.waitForFunction(() => document.getElementById("status").dataset.is === "live", null, { timeout: 20_000 });
  assert.equal(await layered(page), await page.locator("#note").inputValue());
  await page.close({ runBeforeUnload: false });
  await own.stop();
});

test("a token is asked for, kept in memory and shown to the service alone", async () => {
  const directory = mkdtempSync(join(tmpdir(), "chartgap-"));
  const token = "correct+horse/battery=staple.1234";
  writeFileSync(join(directory, "token"), `${token}\n`, { mode: 0o600 });
  const own = await serve("--token-file", join(directory, "token"));
  try {
    const page = await pageOf(browser, own.address);
    const dialog = page.getByRole("dialog", { name: "Token" });
    await dialog.waitFor();
    assert.deepEqual(await violations(page), []);
    await page.locator("#token").fill("wrong-wrong-wrong-wrong-wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "not the one" }).waitFor();
    await page.locator("#token").fill(token);
    await page.keyboard.press("Enter");
    await settled(page);
    await paste(page, GAPS);
    await page.locator("#result").waitFor();
    const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length, location.href]);
    assert.deepEqual(kept.slice(0, 5), [0, 0, "", 0, 0]);
    assert.ok(!kept[5].includes("token"));
    await page.close({ runBeforeUnload: false });
  } finally {
    await own.stop();
    rmSync(directory, { recursive: true });
  }
});

test("nothing of a note stays in the browser", async () => {
  const page = await editor();
  await paste(page, GAPS);
  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length]);
  assert.deepEqual(kept, [0, 0, "", 0, 0]);
  page.on("dialog", (dialog) => dialog.accept());
  await page.reload();
  assert.equal(await page.locator("#note").inputValue(), "");
  await end(page);
});

for (const [name, options] of [["light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }], ["narrow", { viewport: { width: 390, height: 844 } }], ["zoomed", { viewport: { width: 640, height: 400 } }]]) {
  test(`the page can be used by everybody: ${name}`, async () => {
    const page = await editor(options);
    assert.deepEqual(await violations(page), []);
    await picture(page, `${name}-empty`);
    await page.getByRole("button", { name: "Example" }).click();
    await page.waitForTimeout(80);
    await settled(page);
    await page.locator(".disclose").first().click();
    await page.locator("#note").focus();
    await page.evaluate(() => { const f = document.getElementById("note"); const at = f.value.indexOf("8 months") + 3; f.setSelectionRange(at, at); });
    await page.waitForTimeout(80);
    assert.deepEqual(await violations(page), []);
    await picture(page, name);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide}`);
    await page.locator("#theme").click();
    await page.locator("#mentions").check();
    assert.deepEqual(await violations(page), []);
    await picture(page, `${name}-other-theme`);
    await end(page);
  });
}

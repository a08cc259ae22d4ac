// The review of an audit's sample in a real browser, against the real service.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { GAPS, HOSTILE } from "./notes.js";
import { audited, browse, pageOf, picture, serve, violations } from "./support.js";

let audit;
let service;
let browser;
before(async () => {
  audit = audited([
    { id: "visit-1", text: GAPS },
    { id: "visit-2 <b>&amp;", text: `👩‍⚕️🦴 first line\n${HOSTILE.replace("\0", "")}` },
    { id: "visit-3", text: "HPI:\nKnee pain after a fall.\n" },
  ]);
  [service, browser] = await Promise.all([serve("--review", audit.out), browse()]);
});
after(async () => {
  await browser.close();
  await service.stop();
  audit.remove();
});

async function reviewing(name, options) {
  const page = await pageOf(browser, service.address, "/review", options);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Begin" }).click();
  await page.locator(".verdict-card").first().waitFor();
  return page;
}

const end = async (page) => {
  assert.deepEqual(page.complaints, []);
  await page.close();
};
const ask = async (path) => (await fetch(service.address + path)).json();

test("decisions are recorded, and hidden from another reviewer until the own are complete", async () => {
  const anna = await reviewing("anna");
  assert.deepEqual(await violations(anna), []);
  const cards = anna.locator(".verdict-card");
  const count = await cards.count();
  await cards.nth(0).getByRole("button", { name: "Disagree" }).click();
  const form = cards.nth(0).locator("form");
  const right = await form.getByLabel("The verdict that would be right").locator("option").nth(1).getAttribute("value");
  await form.getByLabel("The verdict that would be right").selectOption(right);
  await form.getByLabel("Comment").fill("said <i>elsewhere</i>");
  assert.deepEqual(await violations(anna), []);
  await picture(anna, "review-form");
  await form.getByRole("button", { name: "Record" }).click();
  await cards.nth(0).locator(".said", { hasText: "Recorded: disagrees" }).waitFor();
  for (let at = 1; at < count; at++) {
    await cards.nth(at).getByRole("button", { name: "Agree", exact: true }).click();
    await cards.nth(at).locator(".said", { hasText: "Recorded: agrees" }).waitFor();
  }
  await anna.locator("#decided", { hasText: `All ${count} decided.` }).waitFor();
  assert.match(await anna.locator("#progress").innerText(), /^1 of 3/);
  await picture(anna, "review");

  const { notes, progress } = await ask("/v1/review");
  assert.equal(progress.anna[notes[0].note], count);
  const ben = await reviewing("ben");
  assert.equal(await ben.locator(".others li").count(), 0);
  // By keyboard: a agrees and goes on.
  await ben.locator(".verdict-card .choice").first().focus();
  for (let at = 0; at < count; at++) {
    await ben.keyboard.press("a");
    await ben.locator(".verdict-card").nth(at).locator(".said", { hasText: "Recorded" }).waitFor();
    if (at + 1 < count) await ben.waitForFunction((at) => document.querySelectorAll(".verdict-card")[at].contains(document.activeElement), at + 1);
  }
  await ben.locator(".others li").first().waitFor();
  assert.match(await ben.locator(".others").first().innerText(), /anna: disagrees.*“said <i>elsewhere<\/i>”/s);
  await picture(ben, "review-others");

  await ben.getByRole("button", { name: "Agreement" }).click();
  const agreement = ben.locator("#agreement");
  await agreement.locator("table").first().waitFor();
  assert.match(await agreement.innerText(), /anna and ben/);
  assert.deepEqual(await violations(ben), []);
  await picture(ben, "agreement");
  await Promise.all([end(anna), end(ben)]);
});

test("a decision can be changed, and is there when one comes back", async () => {
  let page = await reviewing("cleo");
  const card = page.locator(".verdict-card").nth(1);
  await card.getByRole("button", { name: "Agree", exact: true }).click();
  await card.locator(".said", { hasText: "agrees" }).waitFor();
  await card.locator(".choice").first().focus();
  await page.keyboard.press("c");
  await card.getByLabel("Comment").fill("sure");
  await card.getByRole("button", { name: "Record" }).click();
  await card.locator(".said", { hasText: "“sure”" }).waitFor();
  await card.getByRole("button", { name: "Disagree" }).click();
  await card.getByRole("button", { name: "Record" }).click();
  await card.locator(".said", { hasText: "Recorded: disagrees" }).waitFor();
  await end(page);
  page = await reviewing("cleo");
  assert.equal(await page.locator(".verdict-card").nth(1).getByRole("button", { name: "Disagree" }).getAttribute("aria-pressed"), "true");
  assert.match(await page.locator(".verdict-card").nth(1).locator(".said").innerText(), /“sure”/);
  await end(page);
});

test("evidence leads into the note and numbers lead back; markup of a note stays text", async () => {
  const page = await reviewing("dora");
  await page.locator(".entry").nth(1).click();
  await page.locator("#note-title", { hasText: "visit-2 <b>&amp;" }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await page.evaluate(() => document.querySelectorAll("#paper script, #paper img, #paper b, #paper iframe, #paper style").length), 0);
  for (const quote of await page.locator(".verdict-card .quote").all()) {
    const words = (await quote.innerText()).replaceAll(/[“”…]/g, "");
    await quote.click();
    const here = await page.locator(".here").first().innerText();
    assert.ok(here.length > 0 && words.startsWith(here.slice(0, 20)), `${words} / ${here}`);
  }
  await page.locator(".refs a").first().click();
  assert.ok(await page.evaluate(() => document.activeElement.closest(".verdict-card") !== null));
  await page.locator(".refs a").first().focus();
  await page.locator("#hint").waitFor();
  await page.evaluate(() => { document.getElementById("verdicts").scrollTop = 0; });
  await page.locator(".refs a").nth(1).focus();
  await page.locator("#hint").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "review-hostile");
  await end(page);
});

for (const [name, options] of [["dark", { colorScheme: "dark" }], ["narrow", { viewport: { width: 390, height: 844 } }]]) {
  test(`the review can be used by everybody: ${name}`, async () => {
    const page = await reviewing("erin", options);
    assert.deepEqual(await violations(page), []);
    await picture(page, `review-${name}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide}`);
    await end(page);
  });
}

test("a service without an audit says so", async () => {
  const own = await serve();
  const page = await pageOf(browser, own.address, "/review");
  await page.getByText("This service has no audit to review.").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.close();
  await own.stop();
});

// The transaction search in a real browser: `node transactions.mjs SCENARIO`.
//
// AVAL_TEST_SERVER names the back office and who signs in. Each scenario fails by an exception; all
// of them watch what watch.mjs watches.

import assert from "node:assert/strict";

import { DESKTOP, PHONE, browser, inspect, tab, text } from "./watch.mjs";

const told = JSON.parse(process.env.AVAL_TEST_SERVER);
const [scenario] = process.argv.slice(2);

const look = (page, name) => inspect(page, `transactions-${scenario}-${name}`, told.office);

const submit = (page, selector) =>
  Promise.all([page.waitForNavigation(), page.click(selector)]);

/** Signs in and waits until so many sales are found. */
async function open(options) {
  const page = await tab({ refusals: true, ...options });
  await page.goto(`${told.office}/sign-in`);
  await page.type("#establishment", told.establishment);
  await submit(page, "main button[type=submit]");
  await page.type("#user", told.user);
  await page.type("#password", told.password);
  await submit(page, "main button[type=submit]");
  const deadline = Date.now() + 60_000;
  for (;;) {
    await page.goto(`${told.office}/transactions`);
    if ((await rows(page)) === told.sales) return page;
    assert.ok(Date.now() < deadline, "the sales are not found");
  }
}

const rows = (page) => page.$$eval("tr[data-row]", (found) => found.length);
const chosen = (page) => page.$$eval("tr[data-row] :checked", (found) => found.length);
const box = (page, selector) =>
  page.$eval(selector, (found) => found.getBoundingClientRect().toJSON());
const openAll = (page) =>
  page.$$eval("details.more", (all) => all.forEach((one) => (one.open = true)));

const scenarios = {
  async desktop() {
    const page = await open();
    await look(page, "all");
    await openAll(page);
    await look(page, "open");
    await page.click("input[name=status][value=paid]");
    await page.type("#f-least", "1");
    await submit(page, ".filter-form button");
    assert.equal(new URL(page.url()).searchParams.get("q"), "status:paid amount>=1");
    assert.equal(await page.$eval("#q", (box) => box.value), "status:paid amount>=1");
    assert.equal(await rows(page), told.paid);
    // What was found stands on the screen, with the filters that hold above it.
    assert.ok((await box(page, "#found")).top < 500);
    assert.equal(await page.$$eval(".active-chip", (all) => all.length), 2);
    await look(page, "paid");
    await submit(page, ".active-chip");
    assert.equal(new URL(page.url()).searchParams.get("q"), "amount>=1");
    await page.goto(`${told.office}/transactions?q=status%3Apayed`);
    assert.match(await text(page, "#wrong"), /not-paid/);
    await look(page, "wrong");
    await page.goto(`${told.office}/transactions?q=amount%3E99999`);
    await look(page, "none");
    const all = "received,status,amount,captured,voided,method,card,order,customer,nsu,tid,id,code";
    await page.goto(`${told.office}/transactions?columns=${all}`);
    await look(page, "columns");
    const dark = await open({ scheme: "dark", language: "pt-BR" });
    await openAll(dark);
    await look(dark, "dark");
  },

  async phone() {
    const page = await open({ viewport: PHONE, language: "pt-BR" });
    assert.equal(await text(page, "h1"), "Consulta de transações");
    await look(page, "all");
    for (const cell of ["tr[data-row] .lead", "tr[data-row] .mark"]) {
      const { left, right, top } = await box(page, cell);
      assert.ok(left >= 0 && right <= PHONE.width && top < PHONE.height, cell);
    }
    await page.goto(`${told.office}/overview`);
    const today = await box(page, ".chart a:last-of-type");
    assert.ok(today.left > PHONE.width / 2 && today.right <= PHONE.width, "today is not shown");
    assert.ok((await box(page, ".chart text")).height >= 10, "the chart's words are too small");
    await page.goto(`${told.office}/transactions`);
    await openAll(page);
    await look(page, "open");
    const dark = await open({ viewport: PHONE, scheme: "dark" });
    await look(dark, "dark");
  },

  async keyboard() {
    const page = await open({ viewport: DESKTOP });
    const isOff = () => page.$$eval("[data-of-chosen]", (all) => all.every((one) => one.disabled));
    assert.ok(await isOff(), "nothing is selected");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    assert.equal(await page.$$eval("tr[data-row]", (all) =>
      all.findIndex((row) => row.classList.contains("row-current"))), 0);
    await page.keyboard.press("x");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    assert.equal(await chosen(page), 2);
    assert.equal(await text(page, "[data-chosen]"), "2");
    assert.ok(!(await isOff()));
    await look(page, "chosen");
    await page.click(".options summary");
    await look(page, "options");
    await page.keyboard.press("?");
    assert.ok(await page.$("#keys[open]"));
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("status:paid");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal(await rows(page), told.paid);
    await page.keyboard.press("j");
    const link = await page.evaluate(() => document.activeElement.getAttribute("href"));
    assert.match(link, /^\/payments\/[0-9a-f-]{36}$/);
  },

  async scriptless() {
    const page = await open({ scripts: false });
    await page.type("#q", "status:paid");
    await submit(page, ".search-box button");
    assert.equal(await rows(page), told.paid);
    // A menu that opens without scripts.
    await page.click(".actions details summary");
    await page.type("#view-name", "Pagas");
    await submit(page, ".view-new button");
    await page.goto(`${told.office}/transactions`);
    await page.click(".actions details summary");
    await submit(page, ".view-line a");
    assert.equal(await rows(page), told.paid);
    assert.equal(await page.$eval("#q", (box) => box.value), "status:paid");
  },
};

try {
  await scenarios[scenario]();
  console.log(JSON.stringify({ done: scenario }));
} finally {
  await browser.close();
}

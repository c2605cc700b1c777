// The page of a slip in a real browser: `node slip.mjs SCENARIO URL FOLDER`.
//
// Each scenario fails by an exception. All of them watch that no other host is asked, that nothing
// is said on the console (a broken policy is), that no page is wider than the screen, and that
// axe-core finds nothing. Pictures of the slip go to the folder, where their bars are read.

import assert from "node:assert/strict";
import { join } from "node:path";

import { DESKTOP, PHONE, browser, inspect, tab, text } from "./watch.mjs";

const [scenario, url, folder] = process.argv.slice(2);
async function open(options) {
  const page = await tab(options);
  await page.goto(url);
  return page;
}

/** Looks at the page as it is, and keeps a picture of it. */
async function look(page, name) {
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  await inspect(page, `slip-${name}`, new URL(url).origin);
}


/** Clicks and waits for the page that follows. A page in the background would not be drawn. */
async function follow(page, selector) {
  await page.bringToFront();
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

const pay = (page) => follow(page, "button[value=pay]");

async function isPaid(page, said) {
  assert.equal(await text(page, ".state"), said);
  for (const payable of ["form", "#line", ".slip-bars", ".slip-line"]) {
    assert.equal(await page.$(payable), null, "it can be paid again");
  }
  assert.ok(await page.$eval(".slip-paid", (stamp) => stamp.checkVisibility()));
}

const scenarios = {
  async phone() {
    const page = await open({ viewport: PHONE, language: "pt-BR,pt;q=0.9,en;q=0.5" });
    assert.equal(await page.$eval("html", (html) => html.lang), "pt-BR");
    assert.equal(await text(page, ".state"), "Aguardando pagamento");
    await look(page, "phone");
    await pay(page);
    await isPaid(page, "Pago");
    await look(page, "phone-paid");
  },

  async desktop() {
    const page = await open();
    assert.equal(await text(page, ".state"), "Waiting for payment");
    await look(page, "desktop");
    await look(await open({ scheme: "dark" }), "desktop-dark");
    await follow(page, 'a[hreflang="pt-BR"]');
    assert.equal(await text(page, ".state"), "Aguardando pagamento");
    await pay(page);
    await isPaid(page, "Pago");
    await look(page, "desktop-paid");
  },

  async late() {
    for (const [name, viewport] of [["phone", PHONE], ["desktop", DESKTOP]]) {
      const page = await open({ viewport, language: "pt-BR" });
      assert.equal(await text(page, ".state"), "Vencido, ainda pode ser pago");
      await look(page, `late-${name}`);
    }
    const page = await open();
    await pay(page);
    await isPaid(page, "Paid");
  },

  async part() {
    for (const [name, viewport] of [["phone", PHONE], ["desktop", DESKTOP]]) {
      const page = await open({ viewport, language: "pt-BR" });
      assert.equal(await text(page, ".state"), "Pago em parte");
      const done = await page.$eval("progress", ({ value, max }) => [value, max]);
      assert.deepEqual(done, [10_000, 15_700]);
      assert.match(await text(page, ".part"), /Falta pagar R\$\u00a057,00/);
      await look(page, `part-${name}`);
    }
    const page = await open();
    await pay(page);
    await isPaid(page, "Paid");
  },

  async paper() {
    const page = await open({ language: "pt-BR" });
    await page.pdf({ path: join(folder, "paper.pdf"), preferCSSPageSize: true });
    await pay(page);
  },

  async keyboard() {
    const page = await open();
    const focused = () => page.evaluate(() => document.activeElement.value);
    await page.evaluate(() => {
      addEventListener("copy", () => { window.copied = String(getSelection()); });
      navigator.clipboard.writeText = async (text) => { window.copied = text; };
    });
    for (let tabs = 0; tabs < 10; tabs += 1) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(() => document.activeElement.dataset.copy)) === "line") break;
    }
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.getElementById("said").textContent === "Copied");
    assert.equal(await page.evaluate(() => window.copied), await text(page, "#line"));
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "pay");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", "nobody sees where the focus is");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Space")]);
    await isPaid(page, "Paid");
  },

  async scriptless() {
    const page = await open({ scripts: false });
    const visible = await page.$$eval("[data-copy], [data-print]", (all) =>
      all.filter((button) => button.checkVisibility()).length);
    assert.equal(visible, 0, "a button that does nothing is shown");
    await pay(page);
    await isPaid(page, "Paid");
  },

  async twice() {
    const [first, second] = [await open(), await open()];
    await pay(first);
    await pay(second);
    await isPaid(second, "Paid");
    assert.match(await text(second, "[role=alert]"), /was not used/);
    await look(second, "twice");
  },
};

try {
  await scenarios[scenario]();
} finally {
  await browser.close();
}
console.log(JSON.stringify({ done: scenario }));

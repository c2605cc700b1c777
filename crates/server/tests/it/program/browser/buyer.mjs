// The pages of buyers in a real browser: `node buyer.mjs SCENARIO`, with the addresses of the
// server and the merchant's credentials in AVAL_TEST_SERVER (JSON).
//
// Each scenario fails by an exception. All of them watch that no host is asked but the server and,
// once the buyer goes back, the shop; that nothing is said on the console (a broken policy is);
// that no page is wider than the screen; and that axe-core finds nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { PHONE, DESKTOP, browser, focuses, inspect, tab as watched, text } from "./watch.mjs";

const [scenario] = process.argv.slice(2);
const server = JSON.parse(process.env.AVAL_TEST_SERVER);

// The shop: what its ReturnUrl was sent.
const returned = [];
const shop = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    const { method, headers, url } = request;
    const isReturn = url.split("?")[0] === "/pedido";
    if (isReturn) returned.push({ method, body, headers, url });
    response.writeHead(isReturn ? 200 : 404, { "Content-Type": "text/html" });
    response.end("<!doctype html><title>Loja</title><h1>Obrigado</h1>");
  });
});
await new Promise((resolve) => shop.listen(0, "127.0.0.1", resolve));
const shopAddress = `http://127.0.0.1:${shop.address().port}`;

async function call(method, url, body) {
  const headers = { MerchantId: server.id, MerchantKey: server.key };
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const told = await answer.json();
  assert.ok(answer.ok, JSON.stringify(told));
  return told.Payment;
}

const card = (ending) => ({
  CardNumber: `123412341234123${ending}`,
  Holder: "Ana Souza",
  ExpirationDate: "12/2030",
  SecurityCode: "123",
  Brand: "Visa",
});
const WAYS = {
  credit: (ending) => ({ Type: "CreditCard", Installments: 1, Authenticate: true, CreditCard: card(ending) }),
  debit: (ending) => ({ Type: "DebitCard", DebitCard: card(ending) }),
  bradesco: () => ({ Type: "EletronicTransfer", Provider: "Bradesco" }),
  brasil: () => ({ Type: "EletronicTransfer", Provider: "BancodoBrasil" }),
};

let orders = 0;

/** A payment that waits for its buyer. */
async function begin(way, ending = 1, { order, returnUrl = `${shopAddress}/pedido` } = {}) {
  orders += 1;
  const payment = await call("POST", `${server.api}/1/sales`, {
    MerchantOrderId: order ?? `2026112200${orders}`,
    Customer: { Name: "Ana Souza" },
    Payment: { Amount: 123_456, ReturnUrl: returnUrl, ...WAYS[way](ending) },
  });
  return { id: payment.PaymentId, url: payment.AuthenticationUrl ?? payment.Url };
}

const status = async (id) => (await call("GET", `${server.query}/1/sales/${id}`)).Status;

const tab = (options) => watched({ refusals: true, ...options });
const look = (page, name) => inspect(page, `${scenario}-${name}`, server.api);

/** Presses a button; the browser is kept from going back by itself, so that the page can be read. */
async function press(page, decision) {
  await page.bringToFront();
  await Promise.all([
    page.waitForNavigation(),
    page.click(`button[name="decision"][value="${decision}"]`),
  ]);
  await hold(page);
}

/** Keeps the browser from going back by itself. */
const hold = (page) => page.evaluate(() => {
  for (let timer = 0; timer < 1_000; timer += 1) clearTimeout(timer);
});

const title = (page) => page.$eval("h1", (found) => found.textContent.trim());

/** Goes back to the shop, which is sent the payment and nothing else. */
async function goBack(page, id) {
  const before = returned.length;
  await page.bringToFront();
  await Promise.all([page.waitForNavigation(), page.click("form button")]);
  cameBack(page, id, before);
}

function cameBack(page, id, before) {
  assert.equal(page.url(), `${shopAddress}/pedido`);
  assert.equal(returned.length, before + 1);
  const { method, body, headers } = returned.at(-1);
  assert.deepEqual([method, body], ["POST", `PaymentId=${id}`]);
  assert.equal(headers["content-type"], "application/x-www-form-urlencoded");
  assert.ok(!(headers.referer ?? "").includes("ticket"), "the ticket went along");
  assert.deepEqual(page.seen.said, [], "the policy holds the browser back");
}

/** Every way to pay with each decision: the title that follows, and the status. */
const AUTHORIZED = ["Compra autorizada", "Purchase authorized"];
const DENIED = ["Compra não autorizada", "Purchase not authorized", 3];
const FAILED = ["Autenticação não concluída", "Authentication failed", 3];
const GIVEN_UP = ["Pagamento cancelado", "Payment cancelled", 13];
const PAID = ["Transferência concluída", "Transfer made", 2];
const REFUSED = ["Transferência recusada", "Transfer refused", 3];
const PENDING = ["Transferência pendente", "Transfer pending", 12];
const OUTCOMES = [
  ["credit", 1, "approve", ...AUTHORIZED, 1],
  ["credit", 2, "approve", ...DENIED],
  ["credit", 1, "fail", ...FAILED],
  ["credit", 1, "abandon", ...GIVEN_UP],
  ["debit", 1, "approve", ...AUTHORIZED, 2],
  ["debit", 2, "approve", ...DENIED],
  ["debit", 1, "fail", ...FAILED],
  ["debit", 1, "abandon", ...GIVEN_UP],
  ["bradesco", 1, "pay", ...PAID],
  ["bradesco", 1, "refuse", ...REFUSED],
  ["bradesco", 1, "pending", ...PENDING],
  ["brasil", 1, "pay", ...PAID],
  ["brasil", 1, "refuse", ...REFUSED],
  ["brasil", 1, "pending", ...PENDING],
];

async function everyOutcome(settings, column) {
  const asked = new Set();
  for (const outcome of OUTCOMES) {
    const [way, ending, decision] = outcome;
    const { id, url } = await begin(way, ending);
    const page = await tab(settings);
    await page.goto(url);
    if (!asked.has(way)) await look(page, `${way}-asks`);
    asked.add(way);
    await press(page, decision);
    assert.equal(await title(page), outcome[column]);
    await look(page, `${way}-${decision}-${ending}`);
    assert.equal(await status(id), outcome[5], `${way} ${decision}`);
    await goBack(page, id);
    await page.close();
  }
}

const scenarios = {
  async phone() {
    await everyOutcome({ viewport: PHONE, language: "pt-BR,pt;q=0.9" }, 3);
  },

  async desktop() {
    await everyOutcome({}, 4);
  },

  async dark() {
    for (const way of ["credit", "bradesco", "brasil"]) {
      const { url } = await begin(way);
      for (const viewport of [PHONE, DESKTOP]) {
        const page = await tab({ viewport, scheme: "dark" });
        await page.goto(url);
        await look(page, `${way}-${viewport.width}-asks`);
      }
      const page = await tab({ scheme: "dark" });
      await page.goto(url);
      await press(page, way === "credit" ? "approve" : "refuse");
      await look(page, `${way}-decided`);
    }
    const page = await tab({ scheme: "dark" });
    await page.goto(`${server.api}/CardAuthenticator/Receive/24bc8366-fc31-4d6c-8555-17049a836a07`);
    assert.equal(await title(page), "Page not found");
    await look(page, "not-found");
  },

  async keyboard() {
    for (const [way, ending, decision, , english, number] of OUTCOMES) {
      const { id, url } = await begin(way, ending);
      const page = await tab();
      await page.goto(url);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.hash), "#main");
      await page.keyboard.press("Enter");
      await focuses(page, "main");
      let value = "";
      for (let tabs = 0; tabs < 5 && value !== decision; tabs += 1) {
        await page.keyboard.press("Tab");
        value = await page.evaluate(() => document.activeElement.value);
      }
      assert.equal(value, decision);
      const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(ring, "none", "nobody sees where the focus is");
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
      await hold(page);
      assert.equal(await title(page), english);
      assert.equal(await status(id), number);
      await page.focus("main");
      await page.keyboard.press("Tab");
      const before = returned.length;
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Space")]);
      cameBack(page, id, before);
      await page.close();
    }
  },

  async hostile() {
    const script = "<img src=x onerror=alert(1)>";
    for (const to of [
      "/pedido?a='onmouseover='alert(1)'&b=javascript:alert(1)",
      "/pedido?b=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
      "/pedido?c=data:text/html,%3Cscript%3Ealert(1)%3C/script%3E#javascript:alert(1)",
    ]) {
      const returnUrl = shopAddress + to;
      const { id, url } = await begin("bradesco", 1, { order: script, returnUrl });
      const page = await tab();
      const alerts = [];
      page.on("dialog", (dialog) => alerts.push(dialog.message()) && dialog.dismiss());
      await page.goto(url);
      await look(page, "asks");
      await press(page, "pay");
      await look(page, "decided");
      const form = await page.$eval("form", (found) => [found.getAttribute("action"), found.length]);
      assert.deepEqual(form, [returnUrl, 2], "the address as it was sent, a field and a button");
      const added = await page.$$eval("main img, main script, main [onmouseover]", (all) => all.length);
      assert.equal(added, 0, "what was sent became a part of the page");
      assert.ok((await text(page, "main")).includes(script), "it is shown as it is written");
      const before = returned.length;
      await Promise.all([page.waitForNavigation(), page.click("form button")]);
      assert.deepEqual(alerts, []);
      assert.equal(returned.length, before + 1);
      const { pathname, search } = new URL(returnUrl);
      assert.equal(returned.at(-1).url, pathname + search);
      assert.equal(returned.at(-1).body, `PaymentId=${id}`);
      await page.close();
    }
  },

  async scriptless() {
    for (const [way, ending, decision, , english, number] of OUTCOMES) {
      const { id, url } = await begin(way, ending);
      const page = await tab({ scripts: false });
      await page.goto(url);
      await Promise.all([
        page.waitForNavigation(),
        page.click(`button[name="decision"][value="${decision}"]`),
      ]);
      assert.equal(await title(page), english);
      assert.equal(await status(id), number);
      const hidden = await page.$$eval("[data-going]", (all) => all.every((note) => note.hidden));
      assert.ok(hidden, "a page that waits for the buyer says that it goes by itself");
      await goBack(page, id);
      await page.close();
    }
  },

  async returns() {
    const { id, url } = await begin("debit");
    const page = await tab();
    await page.goto(url);
    await Promise.all([page.waitForNavigation(), page.click('button[value="approve"]')]);
    assert.ok(await page.$eval("[data-going]", (note) => note.checkVisibility()));
    const before = returned.length;
    await page.waitForNavigation();
    cameBack(page, id, before);
    const again = await tab();
    await again.goto(url);
    assert.equal(await again.$("form[data-return]"), null, "a page opened again stays");
    await look(again, "opened-again");
    await goBack(again, id);
  },

  async twice() {
    const { id, url } = await begin("debit");
    const [first, second] = [await tab(), await tab()];
    await Promise.all([first.goto(url), second.goto(url)]);
    await press(first, "fail");
    await press(second, "approve");
    assert.equal(await title(second), "Authentication failed");
    const told = await second.$eval('[role="alert"]', (note) => note.textContent);
    assert.ok(told.includes("Your choice was not used"), told);
    await look(second, "too-late");
    assert.equal(await status(id), 3);
    await goBack(second, id);
  },

  async languages() {
    const { url } = await begin("bradesco");
    const page = await tab({ language: "de-DE" });
    await page.goto(url);
    assert.equal(await title(page), "Pagamento por transferência");
    await Promise.all([page.waitForNavigation(), page.click('a[hreflang="en"]')]);
    assert.equal(await title(page), "Payment by transfer");
    await press(page, "pending");
    assert.equal(await title(page), "Transfer pending");
    await Promise.all([page.waitForNavigation(), page.click('a[hreflang="pt-BR"]')]);
    assert.equal(await title(page), "Pagamento por transferência", "it can still be decided");
    await look(page, "pending-again");
  },
};

try {
  await scenarios[scenario]();
  process.stdout.write(JSON.stringify({ returned: returned.length }));
} finally {
  await browser.close();
  shop.close();
  shop.closeAllConnections();
}

// The pages of buyers in a real browser: `node buyer.mjs SCENARIO`, with the addresses of the
// server and the merchant's credentials in AVAL_TEST_SERVER (JSON).
//
// Each scenario fails by an exception. All of them watch that no host is asked but the server and,
// once the buyer goes back, the shop; that nothing is said on the console (a broken policy is);
// that no page is wider than the screen; and that axe-core finds nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";

import { PHONE, DESKTOP, browser, inspect, tab as watched, text } from "./watch.mjs";

const [scenario] = process.argv.slice(2);
const shots = process.env.AVAL_TEST_SHOTS;
const server = JSON.parse(process.env.AVAL_TEST_SERVER);

// The shop: what its ReturnUrl was sent.
const returned = [];
const shop = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    if (request.url === "/pedido") returned.push({ method: request.method, body, headers: request.headers });
    response.writeHead(request.url === "/pedido" ? 200 : 404, { "Content-Type": "text/html" });
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
async function begin(way, ending = 1) {
  orders += 1;
  const payment = await call("POST", `${server.api}/1/sales`, {
    MerchantOrderId: `2026112200${orders}`,
    Customer: { Name: "Ana Souza" },
    Payment: { Amount: 123_456, ReturnUrl: `${shopAddress}/pedido`, ...WAYS[way](ending) },
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
  await page.evaluate(() => {
    for (let timer = 0; timer < 1_000; timer += 1) clearTimeout(timer);
  });
}

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
const OUTCOMES = [
  ["credit", 1, "approve", "Compra autorizada", "Purchase authorized", 1],
  ["credit", 2, "approve", "Compra não autorizada", "Purchase not authorized", 3],
  ["debit", 1, "approve", "Compra autorizada", "Purchase authorized", 2],
  ["debit", 1, "fail", "Autenticação não concluída", "Authentication failed", 3],
  ["debit", 1, "abandon", "Pagamento cancelado", "Payment cancelled", 13],
  ["bradesco", 1, "pay", "Transferência concluída", "Transfer made", 2],
  ["brasil", 1, "refuse", "Transferência recusada", "Transfer refused", 3],
  ["brasil", 1, "pending", "Transferência pendente", "Transfer pending", 12],
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
    for (const [way, decision, tabs] of [["debit", "approve", 1], ["bradesco", "refuse", 3]]) {
      const { id, url } = await begin(way);
      const page = await tab();
      await page.goto(url);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.hash), "#main");
      await page.keyboard.press("Enter");
      for (let at = 0; at < tabs; at += 1) await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.value), decision);
      if (shots) await page.screenshot({ path: join(shots, `keyboard-${way}.png`) });
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
      assert.notEqual(await status(id), 0);
      await page.focus("main");
      await page.keyboard.press("Tab");
      const before = returned.length;
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
      cameBack(page, id, before);
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

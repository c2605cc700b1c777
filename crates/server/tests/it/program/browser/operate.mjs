// The page of a payment, its forms, and blocks in a real browser: `node operate.mjs SCENARIO`, with
// the addresses of the server, the merchant's credentials and a user's in AVAL_TEST_SERVER (JSON).
//
// Each scenario fails by an exception, and looks at every page it comes to (watch.mjs says how).

import assert from "node:assert/strict";

import { PHONE, DESKTOP, browser, inspect, tab as watched, text } from "./watch.mjs";

const [scenario] = process.argv.slice(2);
const server = JSON.parse(process.env.AVAL_TEST_SERVER);
const EVIL = `"><img src=x onerror="document.title='evil'">`;

async function call(method, url, body) {
  const headers = { MerchantId: server.id, MerchantKey: server.key };
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const told = await answer.json();
  assert.ok(answer.ok, JSON.stringify(told));
  return told;
}

let orders = 0;

/** Makes a sale; its PaymentId. */
async function sell(ending, more = {}, customer = {}) {
  orders += 1;
  const sale = await call("POST", `${server.api}/1/sales`, {
    MerchantOrderId: more.order ?? `2026112200${orders}`,
    Customer: {
      Name: "Ana Souza",
      Email: "ana.souza@example.com",
      Identity: "11225468954",
      IdentityType: "CPF",
      Address: { Street: "Rua Augusta", Number: "1200", District: "Consolação", City: "São Paulo", State: "SP", ZipCode: "01304001", Country: "BRA" },
      ...customer,
    },
    Payment: more.whole ?? {
      Type: "CreditCard",
      Amount: more.amount ?? 123_456,
      Installments: 3,
      SoftDescriptor: "LOJA*TESTE",
      CreditCard: {
        CardNumber: `402400715376119${ending}`,
        Holder: more.holder ?? "Ana Souza",
        ExpirationDate: "12/2030",
        SecurityCode: "123",
        Brand: "Visa",
      },
      ...more.payment,
    },
  });
  return sale.Payment.PaymentId;
}

/** A bank slip in the place of a card. */
const SLIP = {
  whole: {
    Type: "Boleto",
    Provider: "Bradesco",
    Amount: 15_700,
    Instructions: "Não receber após o vencimento",
  },
};

const status = async (id) => (await call("GET", `${server.query}/1/sales/${id}`)).Payment;

const tab = (options) => watched({ refusals: true, ...options });

let shots = 0;
const look = (page, name) => {
  shots += 1;
  const number = String(shots).padStart(2, "0");
  return inspect(page, `operate-${scenario}-${number}-${name}`, server.office);
};

const press = (page, selector) =>
  Promise.all([page.waitForNavigation(), page.click(selector)]);

/** Signs in by the form. */
async function enter(page) {
  await page.goto(`${server.office}/sign-in`);
  const fields = { establishment: server.establishment, user: server.user, password: server.password };
  for (let step = 0; step < 3 && page.url().includes("/sign-in"); step += 1) {
    for (const [name, value] of Object.entries(fields)) {
      const field = await page.$(`input[name="${name}"]:not([type=hidden])`);
      if (field) await field.type(value);
    }
    await press(page, 'main button[type="submit"]');
  }
  assert.ok(!page.url().includes("/sign-in"), page.url());
}

const open = (page, path) => page.goto(`${server.office}${path}`);

/** Waits until a search finds so many sales. */
async function found(page, query, wanted) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    await open(page, `/transactions?q=${encodeURIComponent(query)}`);
    const total = await page.$("#found .card-head strong");
    const count = total && parseInt(await total.evaluate((one) => one.textContent), 10);
    if (count === wanted) return;
    assert.ok(Date.now() < deadline, `${query}: ${count} found, not ${wanted}`);
  }
}

/** The button of the menu "Options" for what is selected, or for all that is found. */
const option = (kind, all) =>
  `.options button[value="${kind === "cancel" ? "void" : kind}"]${all ? "[formaction]" : ":not([formaction])"}`;

/** Selects payments of a search by their boxes, and captures or cancels them by "Options". */
async function choose(page, kind, query, payments) {
  await found(page, query, payments.length);
  for (const id of payments) {
    const box = `input[name="payment"][value="${id}"]`;
    // Not beneath the bar that stays at the top.
    await page.$eval(box, (found) => found.scrollIntoView({ block: "center" }));
    await page.click(box);
  }
  await page.$eval(".options", (found) => found.scrollIntoView({ block: "center" }));
  await page.click(".options > summary");
  await press(page, option(kind, false));
}

/** The same with all that a search finds, whatever is on the page. */
async function chooseAll(page, kind, query, wanted) {
  await found(page, query, wanted);
  await page.click(".options > summary");
  await press(page, option(kind, true));
}

/** Waits until a block is finished, by reading its page again. */
async function finished(page) {
  for (let time = 0; time < 100; time += 1) {
    if (!(await page.$("#progress[hx-get]"))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
    // The page may be on its way to its end by itself.
    await page.goto(page.url()).catch(() => {});
  }
  assert.fail("the block does not end");
}

/** Every page of an operator, looked at. */
async function everything(options) {
  const page = await tab(options);
  await enter(page);
  const order = `Order${Date.now()}`;
  const paid = await sell(1, { order });
  await sell(8, { order });
  const denied = await sell(2);
  const slip = await sell(1, SLIP);
  const analysed = await sell(1, {
    payment: {
      FraudAnalysis: {
        Browser: { IpAddress: "200.190.150.35", Email: "ana@mailinator.com" },
        Cart: { Items: [{ Name: "Cartão presente", Quantity: 5, Type: "GiftCertificate", UnitPrice: 24_691 }] },
        Shipping: { Addressee: "Outra Pessoa", Method: "SameDay" },
      },
    },
  });
  await open(page, `/payments/${paid}`);
  await look(page, "authorized");
  await open(page, `/payments/${paid}/capture`);
  await look(page, "capture");
  await page.$eval("#amount", (field) => (field.value = "tudo"));
  await press(page, 'main form button[type="submit"]');
  await look(page, "not-understood");
  await page.$eval("#amount", (field) => (field.value = "1.000,00"));
  await press(page, 'main form button[type="submit"]');
  assert.equal((await status(paid)).CapturedAmount, 100_000);
  await open(page, `/payments/${paid}/cancel`);
  await look(page, "cancel");
  await page.$eval("#amount", (field) => (field.value = "250,00"));
  await press(page, 'main form button[type="submit"]');
  assert.equal((await status(paid)).VoidedAmount, 25_000);
  await look(page, "given-back");
  await open(page, `/payments/${paid}/capture`);
  await look(page, "refused");
  for (const [name, id] of [["denied", denied], ["slip", slip], ["analysed", analysed]]) {
    await open(page, `/payments/${id}`);
    if (name === "analysed") await page.$eval(".asked summary", (one) => one.click());
    await look(page, name);
  }
  await open(page, "/jobs");
  await look(page, "no-blocks");
  // One order, so that one search finds them all, the newest first.
  const ofBlock = { order: `${Date.now()}` };
  const block = [await sell(2, ofBlock), await sell(1, { ...SLIP, ...ofBlock })];
  for (let at = 0; at < 6; at += 1) {
    block.push(await sell(1, { amount: 5_990 + at * 1_000, ...ofBlock }));
  }
  await choose(page, "capture", `order:${ofBlock.order}`, block);
  await look(page, "amounts");
  await page.$eval('input[name="a3"]', (field) => (field.value = "10,00"));
  await page.$eval('input[name="a4"]', (field) => (field.value = ""));
  await press(page, 'button[name="go"][value="check"]');
  await look(page, "check");
  await press(page, 'form[action$="/confirm"] button');
  await finished(page);
  assert.equal((await status(block[5])).CapturedAmount, 1_000);
  assert.equal((await status(block[4])).Status, 1);
  await look(page, "result");
  await press(page, 'form[action$="/retry"] button');
  await look(page, "retry");
  await open(page, "/jobs");
  await look(page, "blocks");
}

const scenarios = {
  async phone() {
    await everything({ viewport: PHONE, language: "pt-BR,pt;q=0.9" });
  },

  async desktop() {
    await everything({ viewport: DESKTOP, language: "en" });
  },

  async dark() {
    await everything({ viewport: DESKTOP, language: "pt-BR", scheme: "dark" });
  },

  async "dark-phone"() {
    await everything({ viewport: PHONE, language: "en", scheme: "dark" });
  },

  async scriptless() {
    const page = await tab({ language: "en", scripts: false });
    await enter(page);
    const sales = [await sell(1), await sell(1)];
    await choose(page, "cancel", "status:not-paid", sales);
    const draft = page.url();
    await press(page, 'button[name="go"][value="check"]');
    await press(page, 'form[action$="/confirm"] button');
    await finished(page);
    assert.equal((await status(sales[0])).Status, 10);
    assert.equal(page.url(), draft);
  },

  async progress() {
    const page = await tab({ language: "en" });
    await enter(page);
    const sales = [];
    for (let at = 0; at < 400; at += 1) sales.push(await sell(1, { amount: 3_000 }));
    await chooseAll(page, "capture", "amount:30 status:not-paid", sales.length);
    await press(page, 'button[name="go"][value="check"]');
    await press(page, 'form[action$="/confirm"] button');
    // The page comes to its end by itself.
    await page.waitForSelector("#progress:not([hx-get])");
    await look(page, "ended");
    assert.equal(await text(page, ".progress-count strong"), "400");
  },

  async keyboard() {
    const page = await tab({ language: "en" });
    await enter(page);
    const id = await sell(1);
    await open(page, `/payments/${id}`);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("c")]);
    assert.equal(page.url(), `${server.office}/payments/${id}/capture`);
    await page.focus("#amount");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal((await status(id)).Status, 2);
    const told = await text(page, ".toast");
    assert.equal(told, "Captured.");
  },

  async "keyboard-block"() {
    const page = await tab({ language: "en" });
    await enter(page);
    const sales = [await sell(1), await sell(1), await sell(1)];
    await found(page, "status:not-paid", sales.length);
    // The first and the third row, and "c".
    for (const key of ["j", "x", "j", "j", "x"]) await page.keyboard.press(key);
    assert.equal(await text(page, "[data-chosen]"), "2");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("c")]);
    assert.match(page.url(), /\/jobs\/[0-9a-f-]{36}$/);
    await look(page, "amounts");
    for (const button of ['button[name="go"][value="check"]', 'form[action$="/confirm"] button']) {
      await page.focus(button);
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    }
    await finished(page);
    // The list is newest first.
    const states = await Promise.all(sales.map(async (id) => (await status(id)).Status));
    assert.deepEqual(states, [2, 1, 2]);
  },

  async evil() {
    const page = await tab({ language: "en" });
    await enter(page);
    const customer = { Name: EVIL, Email: `${EVIL}@x.io`, Address: { Street: EVIL, Complement: EVIL } };
    const id = await sell(1, {
      payment: { ExtraDataCollection: [{ Name: "x", Value: EVIL }], SoftDescriptor: `"><b id=x>` },
    }, customer);
    for (const path of [`/payments/${id}`, `/payments/${id}/capture`]) {
      await open(page, path);
      assert.equal(await page.$("main img"), null, path);
      assert.ok(!(await page.title()).includes("evil"));
      await look(page, "inert");
    }
  },
};

try {
  await scenarios[scenario]();
  process.stdout.write(JSON.stringify({ shots }));
} finally {
  await browser.close();
}

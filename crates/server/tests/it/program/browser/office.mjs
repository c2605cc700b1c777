// Statement, recurrences, developer area and reviews in a real browser: `node office.mjs SCENARIO`.
//
// AVAL_TEST_SERVER names the back office, who signs in, and what the shop has. Each scenario fails
// by an exception; all of them watch what watch.mjs watches.

import assert from "node:assert/strict";

import { DESKTOP, PHONE, browser, fits, inspect, tab, text } from "./watch.mjs";

const told = JSON.parse(process.env.AVAL_TEST_SERVER);
const [scenario] = process.argv.slice(2);

const PAGES = {
  statement: "/statement",
  function: "/statement/authorization",
  recurrences: "/recurrences",
  plan: `/recurrences/${told.plan}`,
  configuration: "/recurrence-settings",
  developers: "/developers",
  guides: "/developers/guides",
  guide: "/developers/guides/notifications",
  reference: "/developers/reference",
  call: "/developers/reference/post-1-sales",
  errors: "/developers/errors",
  returns: "/developers/return-codes",
  tables: "/developers/tables",
  cards: "/developers/test-cards",
  faq: "/developers/faq",
  glossary: "/developers/glossary",
  support: "/developers/support",
  certificate: "/developers/certificate",
  requests: "/developers/requests",
  credentials: "/developers/credentials",
  console: "/developers/console",
  reviews: "/reviews",
  review: `/reviews/${told.review}`,
  lists: "/lists",
  rules: "/rules",
  settings: "/settings",
};

const look = (page, name) => inspect(page, `office-${scenario}-${name}`, told.office);

const submit = (page, selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);

const open = (page, name) => page.goto(`${told.office}${PAGES[name]}`);

/** Signs in, and waits until the statement counts the sales. */
async function enter(options) {
  const page = await tab({ refusals: true, ...options });
  await page.goto(`${told.office}/sign-in`);
  await page.type("#establishment", told.establishment);
  await submit(page, "main button[type=submit]");
  await page.type("#user", told.user);
  await page.type("#password", told.password);
  await submit(page, "main button[type=submit]");
  const deadline = Date.now() + 60_000;
  for (;;) {
    await open(page, "function");
    if ((await page.$("tbody tr[data-row]")) !== null) return page;
    assert.ok(Date.now() < deadline, "the sales are not counted");
  }
}

/** Looks at every page. */
async function tour(options) {
  const page = await enter(options);
  for (const name of Object.keys(PAGES)) {
    const answer = await open(page, name);
    assert.equal(answer.status(), 200, name);
    if (name === "requests") await page.click("details[data-row] summary");
    await look(page, name);
    const html = await page.content();
    assert.ok(!html.includes(told.key), `the key is on ${name}`);
  }
  return page;
}

/** Makes a block of a payment, as the search does; its path. */
async function block(page) {
  await page.goto(`${told.office}/jobs`);
  const csrf = await page.$eval("input[name=csrf]", (field) => field.value);
  const send = (csrf, payment) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: "/jobs" });
    for (const [name, value] of Object.entries({ csrf, payment, kind: "capture" })) {
      form.append(Object.assign(document.createElement("input"), { name, value }));
    }
    document.body.append(form);
    form.submit();
  };
  await Promise.all([page.waitForNavigation(), page.evaluate(send, csrf, told.open)]);
  return new URL(page.url()).pathname;
}

/** Puts something into every list that is empty at first. */
async function furnish(page) {
  await open(page, "rules");
  await page.type("#name", "a_rule_with_quite_a_long_name");
  await page.type("#expression", "amount > 200000 && brand == 'Visa' && installments > 6");
  await submit(page, "#rule-form .button-main");
  await open(page, "lists");
  await page.type("#value", "somebody.with.a.long.name@mailinator.com");
  await submit(page, "section form .button-main");
  await page.goto(`${told.office}/users`);
  await page.type("#login", "ana.maria.de.souza");
  await page.click("#role-viewer");
  await submit(page, "#invite form button");
}

const scenarios = {
  async fits() {
    const page = await enter({ viewport: DESKTOP });
    await furnish(page);
    const job = await block(page);
    for (const viewport of [PHONE, DESKTOP]) {
      await page.setViewport(viewport);
      for (const language of ["pt-BR", "en"]) {
        await page.setExtraHTTPHeaders({ "Accept-Language": language });
        for (const path of told.paths) {
          const answer = await page.goto(told.office + path.replace("/jobs/{job}", job));
          assert.equal(answer.status(), 200, path);
          await fits(page, `${path} (${language})`);
          // What is folded away has to fit as well.
          await page.$$eval("main details", (all) => all.forEach((one) => (one.open = true)));
          await fits(page, `${path} (${language}), unfolded`);
        }
      }
    }
  },

  async desktop() {
    const page = await tour({ viewport: DESKTOP });
    await open(page, "developers");
    assert.ok((await text(page, "#first-curl")).includes(told.merchant));
    await open(page, "errors");
    await page.type("#q", "126");
    await submit(page, ".sought button");
    assert.equal(await page.$$eval("tbody tr", (rows) => rows.length), 1);
    await open(page, "recurrences");
    await page.keyboard.press("j");
    await submit(page, "a[href='/recurrence-settings']");
    await page.select("#attempts", "2");
    await submit(page, "main form button");
    assert.match(await text(page, ".toast"), /Saved/);
    await look(page, "configured");
    await open(page, "credentials");
    await page.click(".confirm summary");
    await submit(page, ".confirm button");
    assert.match(await text(page, "#merchant-key"), /^[A-Z]{40}$/);
    await look(page, "key");
    await open(page, "console");
    await page.type("#payment", told.slip);
    await submit(page, "button[value=pay]");
    await look(page, "paid");
    await open(page, "rules");
    await page.type("#name", "big_order");
    await page.type("#expression", "amount > 200000");
    await submit(page, "button[formaction='/rules/try']");
    await look(page, "tried");
    await submit(page, "#rule-form .button-main");
    await look(page, "ruled");
    await open(page, "lists");
    await page.select("#list", "negative");
    await page.type("#value", "ana@mailinator.com");
    await submit(page, "section form .button-main");
    await look(page, "listed");
    await open(page, "review");
    await page.type("#note", "Called, did not answer");
    await submit(page, "form[action$='/note'] button");
    await page.click("summary.button-wrong");
    await look(page, "rejecting");
    await submit(page, "form[action$='/reject'] button");
    assert.match(await text(page, ".toast"), /rejected/);
    await look(page, "rejected");
    // A month later everything else would have been decided by itself.
    await open(page, "console");
    await submit(page, "input[name=what][value=clock] ~ .actions .button-main");
    assert.match(await text(page, ".toast"), /clock was moved/);
    await open(page, "plan");
    assert.ok((await page.$("tbody tr[data-row]")) !== null, "the next cycle was charged");
  },

  async dark() {
    await tour({ viewport: DESKTOP, scheme: "dark", language: "pt-BR" });
  },

  async phone() {
    const page = await tour({ viewport: PHONE, language: "pt-BR" });
    await open(page, "statement");
    assert.equal(await text(page, "h1"), "Extrato de cobrança");
  },

  async night() {
    await tour({ viewport: PHONE, scheme: "dark" });
  },

  async scriptless() {
    const page = await enter({ scripts: false });
    await open(page, "recurrences");
    await submit(page, "a[href='/recurrence-settings']");
    await page.select("#interval", "3");
    await submit(page, "main form button");
    assert.match(await text(page, ".toast"), /Saved/);
    await open(page, "review");
    await submit(page, "form[action$='/accept'] button");
    assert.match(await text(page, "h1"), /Accepted/);
    await open(page, "statement");
    await page.select("#month", "1");
    await submit(page, ".statement-month button");
    assert.match(await text(page, "#month-name"), /January/);
  },
};

try {
  await scenarios[scenario]();
  console.log(JSON.stringify({ done: scenario }));
} finally {
  await browser.close();
}

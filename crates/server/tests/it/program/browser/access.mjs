// Signing in, the portal, the overview, the account, users and the audit log in a real browser:
// `node access.mjs SCENARIO`.
//
// AVAL_TEST_SERVER names the back office and who signs in. Each scenario fails by an exception; all
// of them watch what watch.mjs watches.

import assert from "node:assert/strict";

import { DESKTOP, PHONE, browser, code, focuses, inspect, tab, text } from "./watch.mjs";

const told = JSON.parse(process.env.AVAL_TEST_SERVER);
const [scenario] = process.argv.slice(2);

const look = (page, name) => inspect(page, `access-${scenario}-${name}`, told.office);
const open = (page, path) => page.goto(`${told.office}${path}`);
const submit = (page, selector) =>
  Promise.all([page.waitForNavigation(), page.click(selector)]);
const path = (page) => new URL(page.url()).pathname;

async function signIn(page, looks, { user = told.user, password = told.password } = {}) {
  await open(page, "/");
  if (looks) await look(page, "1-establishment");
  await page.type("#establishment", told.establishment);
  await submit(page, "main button[type=submit]");
  if (looks) await look(page, "2-password");
  await page.type("#user", user);
  await page.type("#password", password);
  await submit(page, "main button[type=submit]");
}

/** A tab of somebody who is signed in. */
async function entered(options, looks = false) {
  const page = await tab({ refusals: true, ...options });
  await signIn(page, looks);
  return page;
}

/** Waits until the sales are on the overview. */
async function overview(page) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    await open(page, "/overview");
    const shown = await page.$(".figure-number");
    const count = shown && (await page.$eval(".figure-number", (found) => found.textContent));
    if (count?.startsWith(String(told.sales))) return;
    assert.ok(Date.now() < deadline, `the sales are not there: ${count}`);
  }
}

const PAGES = ["/", "/account", "/users", "/users/admin", "/audit?verify=1", "/nothing-here"];

/** Looks at every page of this area. */
async function lookAround(page) {
  await overview(page);
  await look(page, "overview");
  for (const to of PAGES) {
    await open(page, to);
    await look(page, `at${to.replaceAll(/[/?=]/g, "-")}`);
  }
  await open(page, "/users/nobody");
  await look(page, "not-found");
  await open(page, "/account/second-factor");
  await look(page, "second-factor");
}

const scenarios = {
  async desktop() {
    const page = await entered({}, true);
    assert.equal(path(page), "/");
    assert.equal(await text(page, ".tabs a"), "API e-Commerce Cielo");
    assert.equal(await text(page, "main .button-main"), "Acessar");
    await submit(page, "main .button-main");
    assert.equal(path(page), "/overview");
    const menus = await page.$$eval(".side nav a", (all) => all.map((one) => one.textContent.trim()));
    for (const menu of ["Transaction search", "Users", "Audit log"]) assert.ok(menus.includes(menu));
    await lookAround(page);
    await page.click(".drop > summary");
    await look(page, "menu");
  },

  async dark() {
    const page = await entered({ scheme: "dark", language: "pt-BR" }, true);
    await lookAround(page);
  },

  async phone() {
    const page = await entered({ viewport: PHONE, language: "pt-BR" }, true);
    await lookAround(page);
    await open(page, "/users");
    await page.click(".top-menu");
    await page.waitForSelector("#side:popover-open");
    await look(page, "navigation");
    await submit(page, '#side a[href="/audit"]');
    assert.equal(path(page), "/audit");
  },

  async phonedark() {
    const page = await entered({ viewport: PHONE, scheme: "dark" }, true);
    await lookAround(page);
  },

  async factor() {
    const page = await entered();
    await open(page, "/account/second-factor");
    await page.type("#code", "000000");
    await submit(page, "main button[type=submit]");
    await look(page, "wrong");
    const secret = await text(page, "#secret");
    await page.type("#code", code(secret));
    await submit(page, "main button[type=submit]");
    assert.equal(await page.$$eval("#codes li", (all) => all.length), 10);
    await look(page, "codes");
    const recovery = await text(page, "#codes li");
    const other = await tab({ refusals: true });
    await other.deleteCookie(...(await other.cookies(told.office)));
    await signIn(other);
    await look(other, "code");
    await other.type("#code", "111111");
    await submit(other, "main button[type=submit]");
    await look(other, "code-wrong");
    await other.type("#code", recovery.toLowerCase());
    await submit(other, "main button[type=submit]");
    assert.equal(path(other), "/");
    await open(other, "/account/second-factor");
    await look(other, "manage");
  },

  async guest() {
    const page = await entered();
    await open(page, "/users");
    await page.type("#login", "rui@loja.com");
    await page.type("#name", "Rui Barbosa");
    await page.click("#role-operator");
    await submit(page, "form[action='/users/invite'] button");
    await look(page, "link");
    const link = await text(page, "#link");
    assert.ok(link.startsWith(`${told.office}/invitation/`), link);
    const guest = await tab({ refusals: true, language: "pt-BR" });
    await guest.deleteCookie(...(await guest.cookies(told.office)));
    await guest.goto(link);
    await look(guest, "invited");
    for (const field of ["#new", "#again"]) await guest.type(field, "uma frase bem longa");
    await submit(guest, "main button[type=submit]");
    assert.equal(path(guest), "/");
    const menus = await guest.$$eval(".side nav a", (all) => all.map((one) => one.getAttribute("href")));
    assert.ok(menus.includes("/transactions") && !menus.includes("/users"), menus.join());
    await open(guest, "/users");
    assert.equal(await text(guest, "h1"), "Você não tem acesso");
    await look(guest, "forbidden");
  },

  async keyboard() {
    const page = await tab({ refusals: true, viewport: DESKTOP });
    await open(page, "/sign-in");
    await focuses(page, "establishment");
    await page.keyboard.type(told.establishment);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    await focuses(page, "user");
    await page.keyboard.type(told.user);
    await page.keyboard.press("Tab");
    await page.keyboard.type(told.password);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal(path(page), "/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.hash), "#main");
    await page.keyboard.press("Enter");
    await focuses(page, "main");
    await page.keyboard.press("?");
    assert.ok(await page.$("#keys[open]"));
    await look(page, "keys");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await focuses(page, "find");
    await page.keyboard.press("Escape");
    await open(page, "/users");
    await page.keyboard.press("j");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal(path(page), "/users/admin");
  },

  async scriptless() {
    const page = await tab({ refusals: true, scripts: false });
    await signIn(page);
    assert.equal(path(page), "/");
    await page.click(".drop > summary");
    await submit(page, ".choices button[value=dark]");
    assert.equal(await page.$eval("html", (html) => html.dataset.theme), "dark");
    await page.click(".drop > summary");
    await submit(page, '.choices button[value="pt-BR"]');
    assert.equal(await page.$eval("html", (html) => html.lang), "pt-BR");
    await overview(page);
    await submit(page, "a.figure");
    assert.equal(path(page), "/transactions");
    await page.click(".drop > summary");
    await submit(page, "form[action='/sign-out'] button");
    assert.equal(path(page), "/sign-in");
    await open(page, "/overview");
    assert.equal(path(page), "/sign-in");
  },
};

try {
  await scenarios[scenario]();
  console.log(JSON.stringify({ done: scenario }));
} finally {
  await browser.close();
}

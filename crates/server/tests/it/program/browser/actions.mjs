// What no other scenario does by clicks: `node actions.mjs SCENARIO`.
//
// AVAL_TEST_SERVER names the back office, who signs in, what the shop has, and a folder for files.
// Each scenario fails by an exception; all of them watch what watch.mjs watches.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { DESKTOP, PHONE, browser, code, inspect, tab, text } from "./watch.mjs";

const told = JSON.parse(process.env.AVAL_TEST_SERVER);
const [scenario] = process.argv.slice(2);

const look = (page, name) => inspect(page, `actions-${scenario}-${name}`, told.office);
const open = (page, path) => page.goto(`${told.office}${path}`);
const submit = (page, selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);
const path = (page) => new URL(page.url()).pathname;
const shown = async (page, selector) => (await page.$(selector)) !== null;

/** Tells what was done, in words that fit. */
const isTold = async (page, words) => assert.match(await text(page, ".toast"), words);

/** Writes anew into a field. */
async function fill(page, selector, value) {
  await page.focus(selector);
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.keyboard.press("Backspace");
  if (value) await page.type(selector, value);
}

/** Looks for something on a page until it is there. */
async function until(page, to, selector) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    await open(page, to);
    if (await shown(page, selector)) return;
    assert.ok(Date.now() < deadline, `${selector} does not come on ${to}`);
  }
}

async function signIn(page, user = told.user, password = told.password) {
  await open(page, "/sign-in");
  await page.type("#establishment", told.establishment);
  await submit(page, "main button[type=submit]");
  await page.type("#user", user);
  await page.type("#password", password);
  await submit(page, "main button[type=submit]");
}

async function entered(options) {
  const page = await tab({ refusals: true, ...options });
  await signIn(page);
  return page;
}

/** A tab of somebody else, who shares no cookie. */
const stranger = () => tab({ refusals: true, apart: true });

/** Sets an authenticator up; its secret. */
async function authenticator(page) {
  await open(page, "/account/second-factor");
  const secret = await text(page, "#secret");
  await page.type("#code", code(secret, 0));
  await submit(page, "main form button[type=submit]");
  assert.equal(await page.$$eval("#codes li", (all) => all.length), 10);
  return secret;
}

/** Types a window that is not taken, then one that is. Where no script runs nobody can look. */
async function correct(page, days, looks = true) {
  await fill(page, "#capture_window_days", "31");
  await submit(page, "#sales .button-main");
  assert.equal(await page.$eval("#capture_window_days", (field) => field.value), "31");
  assert.ok(await shown(page, "#capture_window_days[aria-invalid=true]"));
  assert.ok(await shown(page, "#capture_window_days-wrong"));
  if (looks) await look(page, `wrong-${days}`);
  await fill(page, "#capture_window_days", days);
  await page.click("#duplicate_orders_refused");
  await submit(page, "#sales .button-main");
  assert.ok(await shown(page, ".toast"));
  assert.equal(await page.$eval("#capture_window_days", (field) => field.value), days);
}

const scenarios = {
  async settings() {
    const page = await entered({ viewport: DESKTOP });
    await submit(page, "a[href='/overview']");
    await submit(page, ".side nav a[href='/settings']");
    assert.equal(await text(page, "h1"), "Settings");
    await look(page, "whole");
    await correct(page, "9");
    await isTold(page, /Settings saved/);
    await page.focus("#credit");
    await page.keyboard.press("Space");
    await page.focus("#methods .button-main");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.ok(await page.$eval("#credit", (box) => !box.checked));
    await page.select("#fraud_review_expiry", "accept");
    await fill(page, "#velocity_limits", "card=3/1h");
    await submit(page, "#fraud .button-main");
    assert.equal(await page.$eval("#fraud_review_expiry", (field) => field.value), "accept");
    // Somebody else saves in between.
    const other = await entered({ viewport: PHONE, language: "pt-BR", apart: true });
    await open(other, "/settings");
    assert.equal(await text(other, "h1"), "Configurações");
    await look(other, "phone");
    await fill(page, "#boleto_agency", "1234");
    await submit(page, "#boleto .button-main");
    await fill(other, "#boleto_wallet", "9");
    await submit(other, "#boleto .button-main");
    assert.match(await text(other, ".flash-wrong"), /Alguém mudou/);
    assert.equal(await other.$eval("#boleto_wallet", (field) => field.value), "9");
    await look(other, "meanwhile");
    await open(page, "/audit");
    assert.match(await page.content(), /settings\.change/);
    for (const [name, options] of [
      ["dark", { viewport: DESKTOP, scheme: "dark", language: "pt-BR" }],
      ["dark-phone", { viewport: PHONE, scheme: "dark" }],
    ]) {
      const dark = await entered({ apart: true, ...options });
      await open(dark, "/settings");
      await correct(dark, name === "dark" ? "11" : "12");
      await look(dark, name);
    }
  },

  async scriptless() {
    const page = await entered({ scripts: false, language: "pt-BR" });
    await open(page, "/settings");
    await correct(page, "7", false);
    await isTold(page, /Configurações salvas/);
  },

  async shop() {
    const page = await entered();
    await open(page, "/recurrences");
    await submit(page, `a[href="/recurrences/${told.plan}"]`);
    await submit(page, "form[action$='/pause'] button");
    await isTold(page, /paused/);
    await look(page, "paused");
    await submit(page, "form[action$='/resume'] button");
    await isTold(page, /goes on/);
    assert.ok(await shown(page, "form[action$='/pause']"));
    await until(page, `/payments/${told.payment}`, "form[action$='/resend']");
    await submit(page, "form[action$='/resend'] button");
    await look(page, "resent");
    assert.ok(await shown(page, ".toast"));
    await open(page, "/lists");
    await page.select("#list", "negative");
    await page.select("#kind", "ip");
    await page.type("#value", "192.0.2.7");
    await submit(page, "form[action='/lists/add'] .button-main");
    await look(page, "listed");
    await submit(page, "form[action='/lists/remove'] button");
    assert.ok(!(await shown(page, "form[action='/lists/remove']")));
    await open(page, "/rules");
    await page.type("#name", "big_order");
    await page.type("#expression", "amount > 200000");
    await submit(page, "#rule-form .button-main");
    await submit(page, "a[href^='/rules?edit=big_order']");
    assert.equal(await page.$eval("#name", (field) => field.value), "big_order");
    await submit(page, "form[action='/rules/remove'] button");
    assert.ok(!(await shown(page, "form[action='/rules/remove']")));
    await look(page, "unruled");
    await open(page, "/transactions?q=status%3Apaid");
    await page.click(".actions details summary");
    await page.type("#view-name", "Paid ones");
    await submit(page, ".view-new button");
    await page.click(".actions details summary");
    assert.equal(await text(page, ".view-line a"), "Paid ones");
    await submit(page, ".view-line button[name=remove]");
    await page.click(".actions details summary");
    assert.ok(!(await shown(page, ".view-line")));
  },

  async credentials() {
    const posts = [];
    const receiver = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        posts.push({ headers: request.headers, body });
        response.end("thank you");
      });
    });
    await new Promise((done) => receiver.listen(0, "127.0.0.1", done));
    const page = await entered();
    const at = "/developers/credentials";
    await open(page, at);
    await fill(page, "#ip_allow_list", "192.0.2.0/33");
    await submit(page, "form:has(#ip_allow_list) .button-main");
    assert.ok(await shown(page, ".field-wrong #ip_allow_list"));
    await look(page, "ip-wrong");
    await fill(page, "#ip_allow_list", "192.0.2.0/24\n127.0.0.1");
    await submit(page, "form:has(#ip_allow_list) .button-main");
    await isTold(page, /[Ss]aved/);
    assert.match(await page.$eval("#ip_allow_list", (field) => field.value), /192\.0\.2\.0\/24\n127\.0\.0\.1/);
    await fill(page, "#notification_url", `http://127.0.0.1:${receiver.address().port}/hook`);
    await page.select("#notification_format", "change");
    await submit(page, "form:has(#notification_url) .button-main");
    await page.type("#header_1", "X-Shop");
    await page.type("#value_1", "ana");
    await submit(page, "form:has(#header_1) .button-main");
    await page.type("#notification_secret", "hush hush");
    await submit(page, "form:has(#notification_secret) .button-main");
    assert.ok(!(await page.content()).includes("hush hush"));
    await submit(page, "form[action$='/test'] button");
    assert.ok(await shown(page, "[role=status] .badge-good"));
    assert.match(await page.content(), /thank you/);
    await look(page, "tested");
    const test = posts.find((post) => post.body.includes('"Test":true'));
    assert.equal(test.headers["x-shop"], "ana");
    await open(page, "/developers/console");
    await page.select("#fault", "Refused");
    await page.type("#card", "4024007153763191");
    await submit(page, "form:has(#fault) .button-main");
    assert.ok((await text(page, ".files")).includes("402400******3191"));
    await look(page, "fault");
    await page.type("#old", "4024007153763191");
    await page.type("#new", "4024007153763191");
    await fill(page, "#expiry", "13/2035");
    await submit(page, "form:has(#old) .button-main");
    assert.ok(await shown(page, "form:has(#old) .wrong"));
    for (const [field, value] of [["#old", "4024007153763191"], ["#new", "5555666677778884"], ["#expiry", "12/2035"]]) {
      await fill(page, field, value);
    }
    await page.select("#brand", "Master");
    await submit(page, "form:has(#old) .button-main");
    assert.ok(await shown(page, ".toast"));
    receiver.close();
  },

  async users() {
    const page = await entered();
    await open(page, "/users");
    for (const login of ["rui", "eva"]) {
      await page.type("#login", login);
      await page.click("#role-viewer");
      await submit(page, "form[action='/users/invite'] button");
      if (login === "rui") await submit(page, "form[action='/users/withdraw'] button");
    }
    assert.equal(await page.$$eval("form[action='/users/withdraw']", (all) => all.length), 1);
    const guest = await stranger();
    await guest.goto(await text(page, "#link"));
    for (const field of ["#new", "#again"]) await guest.type(field, "a rather long phrase");
    await submit(guest, "main button[type=submit]");
    // Her own password, sessions and authenticator.
    await open(guest, "/account");
    await guest.type("#password", "a rather long phrase");
    for (const field of ["#new", "#again"]) await guest.type(field, "another long phrase");
    await submit(guest, "form[action='/account/password'] button");
    assert.ok(await shown(guest, ".toast"));
    const second = await stranger();
    await signIn(second, "eva", "another long phrase");
    assert.equal(path(second), "/");
    await open(guest, "/account");
    await look(guest, "sessions");
    await submit(guest, "form[action='/account/sessions/end'] button[name=session]");
    await open(second, "/overview");
    assert.equal(path(second), "/sign-in");
    await authenticator(guest);
    await open(guest, "/account/second-factor");
    await guest.type("#codes-password", "another long phrase");
    await submit(guest, "form[action$='/codes'] button[type=submit]");
    assert.equal(await guest.$$eval("#codes li", (all) => all.length), 10);
    await open(guest, "/account/second-factor");
    await guest.type("#remove-password", "another long phrase");
    await submit(guest, "form[action$='/remove'] button[type=submit]");
    assert.equal(path(guest), "/account");
    await authenticator(guest);
    // What an administrator does to her.
    await open(page, "/users");
    await submit(page, "a[href='/users/eva']");
    await submit(page, "form[action$='/second-factor/remove'] button");
    await page.click("#role-finance");
    await submit(page, "form[action$='/role'] button");
    assert.ok(await page.$eval("#role-finance", (one) => one.checked));
    await signIn(second, "eva", "another long phrase");
    await open(page, "/users/eva");
    await look(page, "user");
    await submit(page, "form[action$='/sessions/end'] button");
    await open(second, "/overview");
    assert.equal(path(second), "/sign-in");
    await submit(page, "form[action$='/block'] button");
    await signIn(second, "eva", "another long phrase");
    assert.equal(path(second), "/sign-in");
    await submit(page, "form[action$='/unblock'] button");
    for (let time = 0; time < 10; time += 1) await signIn(second, "eva", "a wrong phrase");
    await open(page, "/users/eva");
    await look(page, "locked");
    await submit(page, "form[action$='/unlock'] button");
    await signIn(second, "eva", "another long phrase");
    assert.equal(path(second), "/");
  },

  async files() {
    const page = await entered();
    const downloads = await browser.target().createCDPSession();
    const [names, done] = [new Map(), []];
    downloads.on("Browser.downloadWillBegin", (one) => names.set(one.guid, one.suggestedFilename));
    downloads.on("Browser.downloadProgress", (one) => {
      if (one.state === "completed") done.push(one.guid);
    });
    await downloads.send("Browser.setDownloadBehavior", {
      behavior: "allowAndName",
      downloadPath: told.folder,
      eventsEnabled: true,
    });
    /** Clicks on a link and reads the file that comes. */
    const file = async (selector) => {
      const before = done.length;
      await page.click(selector);
      const deadline = Date.now() + 60_000;
      while (done.length === before) {
        assert.ok(Date.now() < deadline, `${selector} brings no file`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const guid = done.at(-1);
      return [names.get(guid), readFileSync(join(told.folder, guid))];
    };
    await until(page, "/transactions", "tr[data-row]");
    for (const [ending, begins] of [["csv", "\ufeff"], ["xlsx", "PK"]]) {
      await open(page, "/transactions");
      await page.click(`.actions details:has(a[href*="export.${ending}"]) summary`);
      const [name, bytes] = await file(`a[href*="export.${ending}"]`);
      assert.ok(name.endsWith(`.${ending}`) && bytes.toString("utf8").startsWith(begins), name);
    }
    await open(page, "/statement");
    for (const [ending, holds] of [["csv", "Authorization"], ["pdf", "%PDF-"]]) {
      const [name, bytes] = await file(`a[href*="export.${ending}"]`);
      assert.ok(name.endsWith(`.${ending}`) && bytes.toString("latin1").includes(holds), name);
    }
    await open(page, "/transactions");
    await page.click(`input[name=payment][value="${told.payment}"]`);
    await page.click(".options > summary");
    await submit(page, ".options button[value=void]:not([formaction])");
    await submit(page, 'button[name="go"][value="check"]');
    await submit(page, 'form[action$="/confirm"] button');
    await page.waitForSelector("#progress:not([hx-get])");
    const [name, bytes] = await file("a[href$='/result.csv']");
    assert.ok(name.endsWith(".csv") && bytes.toString("utf8").includes(told.payment), name);
    assert.deepEqual(page.seen.said, []);
  },
};

try {
  await scenarios[scenario]();
  console.log(JSON.stringify({ done: scenario }));
} finally {
  await browser.close();
}

// The registration page in a real browser: `node register.mjs SCENARIO ADDRESS`.
//
// Each scenario fails by an exception. All of them watch that no other host is asked, that nothing
// is said on the console (a broken policy is), that no page is wider than the screen, and that
// axe-core finds nothing. What the success page showed is printed as JSON.

import assert from "node:assert/strict";

import { PHONE, browser, focuses, inspect, tab, text } from "./watch.mjs";

const [scenario, address] = process.argv.slice(2);
async function open(options) {
  const page = await tab({ refusals: true, ...options });
  await page.goto(`${address}/register`);
  return page;
}

const look = (page, name) => inspect(page, `${scenario}-${name}`, address);

async function submit(page) {
  await Promise.all([page.waitForNavigation(), page.click("button[type=submit]")]);
}

/** The values of the success page by their labels. */
async function credentials(page, labels) {
  const shown = await page.$$eval(".value", (rows) =>
    Object.fromEntries(
      rows.map((row) => [
        row.querySelector("dt").textContent,
        row.querySelector("code").textContent,
      ]),
    ),
  );
  assert.deepEqual(Object.keys(shown), labels);
  const [id, key, establishment, user, password] = Object.values(shown);
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.match(key, /^[A-Z]{40}$/);
  assert.match(establishment, /^[0-9]{10}$/);
  assert.ok(user && password.length >= 12);
  assert.equal(await page.$(".switch"), null, "a switch would lose what is shown once");
  const curl = await text(page, "#curl");
  assert.ok(curl.includes(`MerchantId: ${id}`) && curl.includes(`MerchantKey: ${key}`));
  assert.ok(!page.url().includes(key) && !page.url().includes(password), page.url());
  return { id, key, establishment, user, password };
}

const ENGLISH = ["MerchantId", "MerchantKey", "Establishment", "User", "Password"];
const PORTUGUESE = ["MerchantId", "MerchantKey", "Estabelecimento", "Usuário", "Senha"];

async function registered(page, labels, wanted = {}) {
  await page.type("#name", wanted.name ?? "Ana Souza");
  await page.type("#email", wanted.email ?? "ana@loja.com.br");
  await page.type("#establishment", wanted.establishment ?? "Loja da Ana");
  await submit(page);
  return credentials(page, labels);
}

const scenarios = {
  async phone() {
    const page = await open({ viewport: PHONE, language: "pt-BR,pt;q=0.9,en;q=0.5" });
    assert.equal(await text(page, "h1"), "Crie sua conta de testes");
    assert.equal(await page.$eval("html", (html) => html.lang), "pt-BR");
    await look(page, "form");
    const shown = await registered(page, PORTUGUESE);
    assert.equal(await text(page, "h1"), "Sua conta está pronta");
    await look(page, "done");
    return shown;
  },

  async desktop() {
    const page = await open();
    assert.equal(await text(page, "h1"), "Create your test account");
    await look(page, "form");
    const shown = await registered(page, ENGLISH);
    await look(page, "done");
    const dark = await open({ scheme: "dark" });
    await look(dark, "dark-form");
    await submit(dark);
    await look(dark, "dark-wrong");
    await registered(dark, ENGLISH);
    await look(dark, "dark-done");
    return shown;
  },

  async languages() {
    const page = await open({ language: "de-DE" });
    assert.equal(await text(page, "h1"), "Crie sua conta de testes");
    await Promise.all([page.waitForNavigation(), page.click('a[hreflang="en"]')]);
    assert.equal(await text(page, "h1"), "Create your test account");
    await submit(page);
    assert.equal(await text(page, "#name-error"), "Enter your name.");
    await page.type("#name", "Ana");
    await page.type("#email", "ana@shop.com");
    await submit(page);
    return credentials(page, ENGLISH);
  },

  async keyboard() {
    const page = await open();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.hash), "#main");
    await page.keyboard.press("Enter");
    await focuses(page, "main");
    for (const value of ["", "ana", ""]) {
      await page.keyboard.press("Tab");
      await page.keyboard.type(value);
    }
    await focuses(page, "establishment");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    await focuses(page, "summary");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await focuses(page, "name");
    await page.keyboard.type("Ana");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ana@shop.com");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Space")]);
    const shown = await credentials(page, ENGLISH);
    let label = "";
    for (let tabs = 0; tabs < 10 && label !== "Copy MerchantKey"; tabs += 1) {
      await page.keyboard.press("Tab");
      label = await page.evaluate(() => document.activeElement.ariaLabel);
    }
    assert.equal(label, "Copy MerchantKey");
    await page.evaluate(() => {
      addEventListener("copy", () => { window.copied = String(getSelection()); });
      navigator.clipboard.writeText = async (text) => { window.copied = text; };
    });
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.getElementById("said").textContent === "Copied");
    assert.equal(await page.evaluate(() => window.copied), shown.key);
    return shown;
  },

  async scriptless() {
    const page = await open({ scripts: false });
    await submit(page);
    await focuses(page, "summary");
    const shown = await registered(page, ENGLISH);
    const visible = await page.$$eval("button[data-copy]", (all) =>
      all.filter((button) => button.checkVisibility()).length);
    assert.equal(visible, 0, "a button that does nothing is shown");
    return shown;
  },

  async invalid() {
    const page = await open({ viewport: PHONE, language: "pt-BR" });
    await page.type("#email", "ana@loja");
    await page.type("#establishment", '<b>"Loja" & Cia</b>');
    await submit(page);
    assert.match(await page.title(), /^Erro: /);
    await focuses(page, "summary");
    for (const [name, error] of [
      ["name", "Informe o seu nome."],
      ["email", "Informe um e-mail completo, como ana@loja.com.br."],
    ]) {
      const input = await page.$eval(`#${name}`, (field) => ({
        invalid: field.getAttribute("aria-invalid"),
        described: field.getAttribute("aria-describedby").split(" "),
      }));
      assert.deepEqual(input, { invalid: "true", described: [`${name}-error`, `${name}-hint`] });
      assert.equal(await text(page, `#${name}-error`), error);
    }
    assert.equal(await page.$("#establishment-error"), null);
    assert.equal(await page.$eval("#email", (field) => field.value), "ana@loja");
    const kept = await page.$eval("#establishment", (field) => field.value);
    assert.equal(kept, '<b>"Loja" & Cia</b>');
    await look(page, "wrong");
    await page.type("#name", "Ana");
    await page.focus("#email");
    await page.keyboard.press("End");
    await page.keyboard.type(".com.br");
    await submit(page);
    return credentials(page, PORTUGUESE);
  },

  async once() {
    const page = await open();
    const shown = await registered(page, ENGLISH);
    await page.reload();
    assert.equal(await text(page, "h1"), "There are no credentials to show");
    assert.ok(!(await page.content()).includes(shown.key), "the key is shown again");
    await look(page, "gone");
    await page.goBack();
    assert.equal(await text(page, "h1"), "Create your test account");
    return shown;
  },

  async refused() {
    const page = await open({ viewport: PHONE });
    await page.deleteCookie(...(await page.cookies()));
    await page.type("#name", "Ana");
    await page.type("#email", "ana@shop.com");
    await submit(page);
    assert.match(await text(page, "main"), /This form has expired or was sent already/);
    assert.equal(await page.$eval("#name", (field) => field.value), "Ana");
    await look(page, "expired");
    await page.goto(`${address}/register`);
    for (let sent = 0; sent < 30 && (await page.$("#name")); sent += 1) await submit(page);
    assert.equal(await text(page, "h1"), "Too many registrations from this address");
    await look(page, "too-many");
    return {};
  },

  async unavailable() {
    const page = await open({ language: "pt-BR" });
    await page.type("#name", "Ana");
    await page.type("#email", "ana@loja.com.br");
    await submit(page);
    assert.equal(await text(page, "h1"), "Não deu certo agora");
    await look(page, "unavailable");
    return {};
  },
};

try {
  process.stdout.write(JSON.stringify(await scenarios[scenario]()));
} finally {
  await browser.close();
}

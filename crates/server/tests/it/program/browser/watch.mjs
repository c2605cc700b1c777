// What every scenario in a real browser shares: pages that are watched, and a look at one.
//
// A look fails by an exception when another host was asked than may be, when something was said on
// the console (a broken policy is), when the page is wider than the screen, or when axe-core finds
// something.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const packages = createRequire(join(process.env.AVAL_TEST_BROWSER, "package.json"));
const puppeteer = packages("puppeteer-core");
const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.AVAL_TEST_SHOTS;

export const PHONE = { width: 360, height: 780, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
export const DESKTOP = { width: 1280, height: 900 };

export const browser = await puppeteer.launch({
  executablePath: process.env.AVAL_TEST_CHROMIUM ?? "/usr/bin/chromium",
  timeout: 60_000,
  // In a container root has no sandbox of its own; the only pages opened are ours.
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});

/** What the browser notes when somebody types before it has drawn the page and moved the focus. */
const FASTER = "Autofocus processing was blocked because a document already has a focused element";

/** What tabs have asked for and was not answered: not yet, or not before the browser was closed. */
const open = new Set();

// A page that does not come to its end says nothing of why; what it waits for does.
process.on("uncaughtExceptionMonitor", () => {
  for (const request of open) console.error(`not answered: ${request.method()} ${request.url()}`);
});

/** A tab that is watched. With `refusals` the browser may note answers like 422 on the console; a tab
 * that is `apart` shares no cookie with others. */
export async function tab({
  viewport = DESKTOP,
  language = "en",
  scheme = "light",
  scripts = true,
  refusals = false,
  apart = false,
} = {}) {
  const within = apart ? await browser.createBrowserContext() : browser;
  const page = await within.newPage();
  page.setDefaultTimeout(60_000);
  await page.setViewport(viewport);
  await page.setExtraHTTPHeaders({ "Accept-Language": language });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.setJavaScriptEnabled(scripts);
  const seen = { hosts: new Set(), said: [] };
  page.on("request", (request) => {
    // The browser draws its own fields of dates with pictures that no host sends.
    const url = new URL(request.url());
    if (url.protocol !== "data:") seen.hosts.add(url.origin);
    open.add(request);
  });
  page.on("requestfinished", (request) => open.delete(request));
  page.on("console", (message) => {
    const words = message.text();
    const isRefusal = refusals && words.includes("the server responded with a status of");
    if (!isRefusal && !words.startsWith(FASTER)) seen.said.push(`${page.url()}: ${words}`);
  });
  page.on("pageerror", (error) => seen.said.push(String(error)));
  page.seen = seen;
  return page;
}

/** That nothing has to be scrolled sideways. A phone zooms out where it would have to be, so that
 * what it says of its own width is no measure. */
export async function fits(page, name) {
  const across = page.viewport().width;
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= across, `${name} is ${wide} pixels wide, the screen ${across}`);
}

/** Looks at a page as it is. */
export async function inspect(page, name, host) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  assert.deepEqual([...page.seen.hosts], [host], "another host was asked");
  assert.deepEqual(page.seen.said, [], "the console is not silent");
  await fits(page, name);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run());
  const told = found.violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.html)}`);
  assert.deepEqual(told, [], `axe-core on ${name}`);
  assert.ok(found.passes.length > 10, "axe-core looked at next to nothing");
}

export const text = (page, selector) => page.$eval(selector, (found) => found.textContent.trim());

const focused = (page) => page.evaluate(() => document.activeElement.id);

/** Fails unless the focus comes to a place. A browser moves it with the first frame that it draws,
 * which may be later than the page is loaded; so it is asked until then, and not once. */
export async function focuses(page, wanted) {
  await page.bringToFront();
  const end = Date.now() + 60_000;
  for (let found; (found = await focused(page)) !== wanted; ) {
    assert.ok(Date.now() < end, `the focus is at "${found}" and not at "${wanted}"`);
  }
}

/** The code that an authenticator shows for a secret in base 32. */
export function code(secret, steps = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")]
    .map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const tag = createHmac("sha1", key).update(counter).digest();
  const number = tag.readUInt32BE(tag[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

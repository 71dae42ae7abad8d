// What every browser test stands on: Debian's Chromium, a page that is signed in, and a picture of
// what was on the screen when a test failed. `scripts/test browser` starts the server and sets:
//   FERTIDOC_URL      where it answers
//   FERTIDOC_TOKEN    an API token of a clinic with demonstration patients
//   FERTIDOC_CORPUS   a folder of documents to upload
//   FERTIDOC_SHOTS    where pictures go
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { chromium } from "playwright-core";

export const url = required("FERTIDOC_URL");
export const token = required("FERTIDOC_TOKEN");
export const corpus = required("FERTIDOC_CORPUS");
const shots = process.env.FERTIDOC_SHOTS ?? path.join(tmpdir(), "fertidoc-shots");

// Without a network Chromium's own conversations with the outside are refused one by one.
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let browser;

test.before(async () => {
  await mkdir(shots, { recursive: true });
  browser = await chromium.launch({
    executablePath: process.env.FERTIDOC_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: flags,
  });
});

test.after(() => browser?.close());

/**
 * One thing that a person does. `act` gets a page of a browser without cookies; script errors on
 * the page fail the test, and a failed test leaves a picture and the page's HTML beside it.
 */
export function inBrowser(name, act) {
  test(name, { timeout: 60_000 }, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    try {
      await act(page);
      if (errors.length > 0) throw new Error(`script errors on the page: ${errors.join("; ")}`);
    } catch (error) {
      const shot = path.join(shots, `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.png`);
      await page.screenshot({ path: shot, fullPage: true }).catch(() => {});
      error.message += `\n  on ${page.url()}, picture: ${shot}`;
      throw error;
    } finally {
      await context.close();
    }
  });
}

/** Asks the API as the token's owner, to prepare what a page is to show or to check what it did. */
export async function api(method, route, body) {
  const answer = await fetch(`${url}/api/v1${route}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && !(body instanceof FormData) ? { "content-type": "application/json" } : {}),
    },
    body: body instanceof FormData ? body : body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run ./scripts/test browser`);
  return value;
}

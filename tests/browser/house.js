// What every browser test stands on: Debian's Chromium, a page that is signed in, and a picture of
// what was on the screen when a test failed. `scripts/test browser` starts the server and sets:
//   FERTIDOC_URL      where it answers
//   FERTIDOC_BINARY   the program, to open clinics with; its settings come from the environment
//   FERTIDOC_CORPUS   a folder of documents to upload
//   FERTIDOC_SHOTS    where pictures go
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

export const url = required("FERTIDOC_URL");
const corpus = required("FERTIDOC_CORPUS");
export const shots = process.env.FERTIDOC_SHOTS ?? path.join(tmpdir(), "fertidoc-shots");

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
    // Nothing is judged or pictured half-way through a change of colour.
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
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

/** What the program prints for a verb, one object a line. */
export async function command(...words) {
  const { stdout } = await promisify(execFile)(required("FERTIDOC_BINARY"), words);
  return stdout.trim().split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

/** A clinic of its own, so that no test sees what another one left, with somebody who signs in. */
export async function newClinic(name = "Test clinic", scopes = "upload,read,write") {
  const [made] = await command("token", "--new-clinic", name, "--name", "browser test", "--scopes", scopes);
  const clinic = new Clinic(made.clinic, made.token);
  clinic.person = await newPerson(made.clinic, "lab_manager,clinic_admin");
  return clinic;
}

export const password = "kettle heron frozen marshland";
let people = 0;

/** Somebody with these roles who has set their password by a one-time link. */
export async function newPerson(clinic, roles) {
  people += 1;
  const user = `browser-${process.pid}-${people}`;
  const [{ link }] = await command("user", "add", user, "--name", "Invented Person", "--clinic", clinic, "--roles", roles);
  const answer = await fetch(`${url}/welcome`, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ link, password }),
  });
  assert.equal(answer.status, 200);
  return user;
}

/** The code that an app shows for a key (RFC 6238), some steps from now. */
export function code(key, steps = 0) {
  const bits = [...key].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", secret).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Fills the sign-in page in. */
export async function enter(page, user, secret = password) {
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** What the API does for a clinic, to prepare what a page is to show or to check what it did. */
export class Clinic {
  constructor(id, token) {
    this.id = id;
    this.token = token;
  }

  async api(method, route, body) {
    const answer = await fetch(`${url}/api/v1${route}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body && !(body instanceof FormData) ? { "content-type": "application/json" } : {}),
      },
      body: body instanceof FormData ? body : body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }

  patient(family_name, given_names, birth_date, sex, number) {
    const identifiers = number ? [{ authority: "clinic", value: number }] : [];
    return this.api("POST", "/patients", { family_name, given_names, birth_date, sex, identifiers });
  }

  /** Uploads a document of the corpus and waits for the event that says that it was read. */
  async read(name, patient) {
    return this.send(name, await readFile(path.join(corpus, name)), patient);
  }

  /** The same with a file of one's own. */
  async send(name, bytes, patient) {
    const form = new FormData();
    if (patient) form.append("patient_id", patient);
    form.append("file", new Blob([bytes]), name);
    const { documents } = await this.api("POST", "/documents", form);
    return this.settled(documents[0].id);
  }

  async settled(id) {
    const headers = { authorization: `Bearer ${this.token}` };
    const events = await fetch(`${url}/api/v1/documents/${id}/events`, { headers });
    const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    while (!/^event: ?done$/m.test(heard)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the events of the document ended before it was read: ${heard}`);
      heard += value;
    }
    await reader.cancel();
    return this.api("GET", `/documents/${id}`);
  }

  async signIn(page, then = "/inbox") {
    await page.goto(`${url}/sign-in?next=${encodeURIComponent(then)}`);
    await enter(page, this.person);
    await page.waitForURL(`${url}${then}`);
  }
}

/** Signs somebody new with these roles in, on a page of this clinic; the user name. */
export async function signInAs(page, clinic, roles, then = "/") {
  const user = await newPerson(clinic.id, roles);
  await page.goto(`${url}/sign-in?next=${encodeURIComponent(then)}`);
  await enter(page, user);
  await page.locator(".menu > summary").waitFor();
  return user;
}

export async function signOut(page) {
  await page.locator(".menu > summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
}

/** A second browser without cookies, for somebody else beside the first. */
export async function elsewhere(page, act) {
  const context = await page.context().browser().newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
  try {
    const other = await context.newPage();
    other.setDefaultTimeout(15_000);
    return await act(other);
  } finally {
    await context.close();
  }
}

/** Loads the page anew until it is so: what an instance believes of a session is seconds old. */
export async function comesToBe(page, what) {
  while (!(await what())) await page.reload();
}

/** Tabs until this has the focus. */
export async function tabTo(page, locator) {
  const focused = () => locator.evaluate((part) => part === document.activeElement);
  for (let step = 0; step < 80 && !(await focused()); step += 1) await page.keyboard.press("Tab");
  assert.ok(await focused(), `${locator} is reached by Tab`);
}

/** A PDF of one page with these lines. */
export function paperOf(lines) {
  const escaped = lines.map((line) => `(${line.replaceAll(/[\\()]/g, "\\$&")}) Tj T*`);
  const content = `BT /F1 11 Tf 14 TL 72 770 Td\n${escaped.join("\n")}\nET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let file = "%PDF-1.7\n";
  const places = objects.map((object, at) => {
    const place = file.length;
    file += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const table = file.length;
  file += `xref\n0 ${places.length + 1}\n0000000000 65535 f \n${places.join("")}`;
  return `${file}trailer\n<< /Size ${places.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
}

/** What a document of the corpus really says. */
export async function truth(name) {
  return JSON.parse(await readFile(path.join(corpus, name.replace(/\.\w+$/, ".truth.json")), "utf8"));
}

/** The path of a document of the corpus. */
export const paper = (name) => path.join(corpus, name);

/** Fails where axe finds something that WCAG 2.2 AA forbids, on the page or within a part of it. */
export async function assertAccessible(page, part) {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  // Through the debugger, which the page's own policy does not bind.
  await page.evaluate(await readFile(axe, "utf8"));
  const { violations } = await page.evaluate((within) =>
    axe.run(within ?? document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }), part);
  const said = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  assert.deepEqual(said, [], `accessibility of ${page.url()}`);
}

/** A picture for a human look, kept where the pictures of failures go. */
export const picture = (page, name) => page.screenshot({ path: path.join(shots, `${name}.png`) });

/** The same on a desk and on a phone, where nothing may be wider than the window. */
export async function pictures(page, name) {
  const desk = page.viewportSize();
  await picture(page, name);
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, `${name}-390`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${page.url()} is ${wide} px wide on a phone`);
  await page.setViewportSize(desk);
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run ./scripts/test browser`);
  return value;
}

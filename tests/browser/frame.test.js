// The frame around every page: what leads where, for whom, at which width, and by keyboard alone.
import assert from "node:assert/strict";
import { assertAccessible, command, enter, inBrowser, newClinic, newPerson, password, picture, signInAs, url } from "./house.js";

const WIDTHS = [360, 600, 768, 1024, 1200, 1600];

const bar = (page) => page.getByRole("navigation", { name: "Main" }).getByRole("link");
const menu = (page) => page.locator(".menu > summary");

/** Whether nothing of the page's head lies outside of the window. */
const fits = (page) => page.evaluate(() => {
  const outside = [...document.querySelectorAll(".top, .top a, .top button, .top summary, .top input")]
    .filter((part) => part.checkVisibility() && !part.closest("[hidden]"))
    .filter((part) => { const { left, right } = part.getBoundingClientRect(); return left < -0.5 || right > innerWidth + 0.5; })
    .map((part) => part.outerHTML);
  if (document.documentElement.scrollWidth > innerWidth) outside.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  return outside;
});

const words = async (links) => (await links.allInnerTexts()).map((text) => text.replace(/\s*\d+\s*waiting$/, "").trim());

for (const [roles, begins, leads] of [
  ["clinician", "/inbox", ["Inbox", "Patients", "Documents", "Upload"]],
  ["nurse", "/inbox", ["Inbox", "Patients", "Documents", "Upload"]],
  ["andrologist", "/inbox", ["Inbox", "Patients", "Documents", "Upload"]],
  ["embryologist", "/inbox", ["Inbox", "Patients", "Documents", "Upload"]],
  ["lab_manager", "/inbox", ["Inbox", "Patients", "Documents", "Upload", "Notices", "Record"]],
  ["clinic_admin", "/people", ["Notices", "Record", "People", "Tokens", "Clinic"]],
  ["ops", "/account", []],
]) {
  inBrowser(`the frame leads a ${roles} where the role leads, and nowhere else`, async (page) => {
    const clinic = await newClinic();
    await signInAs(page, clinic, roles);
    assert.equal(new URL(page.url()).pathname, begins);
    const shown = (await words(bar(page))).filter((word) => word !== "Emergency access");
    assert.deepEqual(shown, leads);
    const places = await page.locator(".top a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    for (const place of new Set(places)) {
      const answer = await page.goto(`${url}${place}`);
      assert.equal(answer.status(), 200, place);
    }
    assert.equal(await page.getByRole("search").count(), leads.includes("Patients") ? 1 : 0);
    await page.keyboard.press("u");
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    if (leads.length === 0) assert.equal(new URL(page.url()).pathname, "/account", "keys lead nowhere else either");
  });
}

for (const width of WIDTHS) {
  inBrowser(`who holds every role reaches everything and can sign out at ${width} px`, async (page) => {
    const clinic = await newClinic("Kestrel Bay Fertility and Reproductive Medicine, Laboratory Two");
    await signInAs(page, clinic, "nurse,lab_manager,clinic_admin", "/inbox");
    // 600 px with half of the height is 1200 px at 200 %.
    await page.setViewportSize({ width, height: width === 600 ? 400 : 800 });
    for (const place of ["/inbox", "/people", "/audit"]) {
      await page.goto(`${url}${place}`);
      assert.deepEqual(await fits(page), [], place);
    }
    await assertAccessible(page);
    const height = (await page.locator(".top").boundingBox()).height;
    await menu(page).click();
    assert.equal((await page.locator(".top").boundingBox()).height, height, "the menu lies over the page");
    assert.deepEqual(await fits(page), [], "the menu is open");
    assert.deepEqual(await words(page.locator(".menu .drawer a")), ["People", "Tokens", "Clinic", "Account"]);
    // What lies below an open menu is in nobody's reach until it closes.
    await assertAccessible(page, ".top");
    await picture(page, `frame-${width}`);
    const out = page.getByRole("button", { name: "Sign out" });
    await out.scrollIntoViewIfNeeded();
    assert.ok(await out.evaluate((button) => {
      const { left, top, width, height } = button.getBoundingClientRect();
      return button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    }), "nothing covers it");
    await out.click();
    await page.waitForURL(`${url}/sign-in`);
  });
}

inBrowser("the menu opens, is walked through and closes by keyboard", async (page) => {
  const clinic = await newClinic();
  await signInAs(page, clinic, "lab_manager,clinic_admin", "/inbox");
  await menu(page).focus();
  await page.keyboard.press("Enter");
  const walked = [];
  for (let step = 0; step < 5; step += 1) {
    await page.keyboard.press("Tab");
    walked.push(await page.evaluate(() => document.activeElement.innerText));
  }
  assert.deepEqual(walked, ["People", "Tokens", "Clinic", "Account", "Sign out"]);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".menu[open]").count(), 0);
  assert.ok(await menu(page).evaluate((summary) => summary === document.activeElement), "where it began");
  await page.keyboard.press("Enter");
  await page.locator("h1").click();
  assert.equal(await page.locator(".menu[open]").count(), 0, "a click beside it closes it");
});

inBrowser("the menu works without script", async (page) => {
  const clinic = await newClinic();
  const user = await newPerson(clinic.id, "clinic_admin");
  const context = await page.context().browser().newContext({ javaScriptEnabled: false });
  try {
    const plain = await context.newPage();
    await plain.goto(`${url}/sign-in?next=/people`);
    await enter(plain, user);
    await menu(plain).click();
    await plain.getByRole("link", { name: "Account" }).click();
    await plain.waitForURL(`${url}/account`);
    await menu(plain).click();
    await plain.getByRole("button", { name: "Sign out" }).click();
    await plain.waitForURL(`${url}/sign-in`);
  } finally {
    await context.close();
  }
});

inBrowser("who works in two clinics changes between them from any page", async (page) => {
  const [here, there] = [await newClinic("Harbour Clinic"), await newClinic("Hill Clinic")];
  const user = await signInAs(page, here, "nurse");
  await command("user", "grant", user, "--clinic", there.id, "--role", "clinic_admin");
  await page.goto(`${url}/patients`);
  const first = (await menu(page).innerText()).includes("Harbour Clinic");
  assert.ok(first);
  await menu(page).click();
  await assertAccessible(page, ".top");
  // Without the token of the session nothing is changed.
  const [cookie] = await page.context().cookies();
  const planted = await fetch(`${url}/clinic`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: `${cookie.name}=${cookie.value}`, "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ clinic: there.id }),
  });
  assert.equal(planted.status, 403);
  await page.getByRole("button", { name: "Work for Hill Clinic" }).click();
  await page.waitForURL(`${url}/people`);
  assert.ok((await menu(page).innerText()).includes("Hill Clinic"));
  assert.deepEqual(await words(bar(page)), ["Notices", "Record", "People", "Tokens", "Clinic"], "as what one is there");
});

inBrowser("a page of another role says which role opens it", async (page) => {
  const clinic = await newClinic();
  await signInAs(page, clinic, "nurse");
  const answer = await page.goto(`${url}/clinic`);
  assert.equal(answer.status(), 403);
  await page.getByText("That takes one of these roles: administrator of the clinic.").waitFor();
  await assertAccessible(page);
  await page.getByRole("link", { name: "Go on" }).click();
  await page.waitForURL(`${url}/inbox`);
});

inBrowser("a step of signing in that is done leads on", async (page) => {
  const clinic = await newClinic();
  await clinic.signIn(page, "/patients");
  for (const step of ["/sign-in/code", "/sign-in/second-factor"]) {
    await page.goto(`${url}${step}?next=/documents`);
    assert.equal(page.url(), `${url}/documents`);
  }
  await page.goto(`${url}/sign-in/again?next=/tokens`);
  await page.getByText("it was not sent and nothing was changed").waitFor();
  await assertAccessible(page);
  await page.getByLabel("Password, or a code of your app").fill(password);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForURL(`${url}/tokens`);
});

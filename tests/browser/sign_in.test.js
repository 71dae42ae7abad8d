import assert from "node:assert/strict";
import { assertAccessible, inBrowser, newClinic, picture, url } from "./house.js";

inBrowser("a wrong token is refused in words and opens nothing", async (page) => {
  await page.goto(`${url}/inbox`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await page.getByLabel("Your token").fill("fd_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("not known here").waitFor();
  await assertAccessible(page);
  await picture(page, "sign-in");
  await page.goto(`${url}/patients`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
});

inBrowser("a right token leads to where one wanted to go, and signing out ends it", async (page) => {
  const clinic = await newClinic("Kestrel Bay Fertility");
  await page.goto(`${url}/patients?q=nobody`);
  await page.getByLabel("Your token").fill(clinic.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${url}/patients?q=nobody`);
  await page.getByText("Kestrel Bay Fertility").waitFor();
  const [cookie] = await page.context().cookies();
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, "Strict");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${url}/sign-in`);
  await page.goto(`${url}/inbox`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
});

inBrowser("a sign-in never leads out of the house", async (page) => {
  const clinic = await newClinic();
  await page.goto(`${url}/sign-in?next=${encodeURIComponent("//example.org/")}`);
  await page.getByLabel("Your token").fill(clinic.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${url}/inbox`);
});

inBrowser("what another site sends changes nothing", async (page) => {
  const clinic = await newClinic();
  const answer = await fetch(`${url}/patients`, {
    method: "POST",
    redirect: "manual",
    headers: {
      cookie: `fertidoc=${clinic.token}`,
      origin: "https://example.org",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "family_name=Planted",
  });
  assert.equal(answer.status, 403);
  await clinic.signIn(page, "/patients");
  assert.equal(await page.getByText("Planted").count(), 0);
});

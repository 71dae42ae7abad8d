import assert from "node:assert/strict";
import { assertAccessible, code, command, enter, inBrowser, newClinic, newPerson, password, picture, signOut, url } from "./house.js";

inBrowser("a wrong password is refused in words and opens nothing", async (page) => {
  await page.goto(`${url}/inbox`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await enter(page, "nobody", "not the password");
  await page.getByRole("alert").getByText("is wrong").waitFor();
  await assertAccessible(page);
  await picture(page, "sign-in");
  await page.goto(`${url}/patients`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
});

inBrowser("a right password leads to where one wanted to go, and signing out ends it", async (page) => {
  const clinic = await newClinic("Kestrel Bay Fertility");
  await page.goto(`${url}/documents?state=failed&q=nobody`);
  await enter(page, clinic.person);
  // What was searched for is a patient's: it does not wait in an address.
  await page.waitForURL(`${url}/documents?state=failed`);
  await page.locator(".menu > summary", { hasText: "Kestrel Bay Fertility" }).waitFor();
  const [cookie] = await page.context().cookies();
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, "Strict");
  await signOut(page);
  await page.waitForURL(`${url}/sign-in`);
  await page.goto(`${url}/inbox`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
});

inBrowser("a sign-in never leads out of the house", async (page) => {
  const clinic = await newClinic();
  await page.goto(`${url}/sign-in?next=${encodeURIComponent("//example.org/")}`);
  await enter(page, clinic.person);
  await page.waitForURL(`${url}/inbox`);
});

inBrowser("what another site sends changes nothing", async (page) => {
  const clinic = await newClinic();
  await clinic.signIn(page, "/patients");
  const [cookie] = await page.context().cookies();
  const answer = await fetch(`${url}/patients`, {
    method: "POST",
    redirect: "manual",
    headers: {
      cookie: `fertidoc=${cookie.value}`,
      origin: "https://example.org",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "family_name=Planted",
  });
  assert.equal(answer.status, 403);
  await page.goto(`${url}/patients`);
  assert.equal(await page.getByText("Planted").count(), 0);
});

inBrowser("a one-time link sets a password, and the link is in the address no more", async (page) => {
  const clinic = await newClinic();
  const user = `link-${process.pid}`;
  const [{ link }] = await command("user", "add", user, "--name", "Lina Invented", "--clinic", clinic.id, "--roles", "nurse", "--url", url);
  await page.goto(link);
  await page.waitForURL(`${url}/welcome`);
  await page.getByLabel("New password").fill("password1234567");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("alert").getByText("guessed soon").waitFor();
  await assertAccessible(page);
  await picture(page, "welcome");
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByText("Your password is set").waitFor();
  await enter(page, user);
  await page.waitForURL(`${url}/inbox`);
});

inBrowser("who must have a second factor sets it up, and is asked for it afterwards", async (page) => {
  const clinic = await newClinic();
  const user = await newPerson(clinic.id, "auditor");
  await page.goto(`${url}/sign-in`);
  await enter(page, user);
  await page.getByRole("heading", { name: "Set up a second factor" }).waitFor();
  await assertAccessible(page);
  await picture(page, "second-factor");
  const key = await page.getByLabel("Key to type in").inputValue();
  await page.getByLabel("Code that the app shows").fill(code(key, -1));
  await page.getByRole("button", { name: "Set it up" }).click();
  await page.getByRole("heading", { name: "Recovery codes" }).waitFor();
  assert.equal(await page.locator(".codes li").count(), 10);
  const recovery = await page.locator(".codes code").first().innerText();
  await assertAccessible(page);
  await picture(page, "recovery-codes");
  await page.getByRole("link", { name: "I have kept them" }).click();
  // What an auditor is here for.
  await page.getByRole("heading", { level: 1, name: "Who did what" }).waitFor();
  await signOut(page);
  await enter(page, user);
  await page.getByLabel("Code of your app").fill("000000");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("alert").waitFor();
  await assertAccessible(page);
  await picture(page, "second-factor-code");
  await page.getByLabel("Code of your app").fill(recovery);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("heading", { level: 1, name: "Who did what" }).waitFor();
  await page.goto(`${url}/account`);
  await page.getByText("9 recovery codes are left").waitFor();
});

inBrowser("the account shows where one is signed in, and changes the password", async (page) => {
  const clinic = await newClinic();
  await clinic.signIn(page, "/account");
  await page.getByText("this one").waitFor();
  await assertAccessible(page);
  await picture(page, "account");
  await page.getByLabel("New password").fill("seven quiet blue herons marching");
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("The password was changed").waitFor();
});

inBrowser("an administrator adds a person and hands the link over", async (page) => {
  const clinic = await newClinic();
  await clinic.signIn(page, "/people");
  await page.getByLabel("Name", { exact: true }).fill("Nadia Invented");
  await page.getByLabel("User name").fill(`nadia-${process.pid}`);
  await page.getByRole("group", { name: "Roles", exact: true }).getByLabel("nurse").check();
  await page.getByRole("button", { name: "Add and make a one-time link" }).click();
  const link = await page.getByLabel("The link").inputValue();
  assert.match(link, /\/welcome#fl_[\w-]{43}$/);
  await page.getByRole("rowheader", { name: "Nadia Invented" }).waitFor();
  await assertAccessible(page);
  await picture(page, "people");
});

// What an administrator decides: what is masked, who works here.
import assert from "node:assert/strict";
import { assertAccessible, comesToBe, elsewhere, enter, inBrowser, newClinic, newPerson, paperOf, pictures, signInAs, tabTo, url } from "./house.js";

const PAPER = paperOf(["Serum FSH was 16.8 IU/L and the karyotype 46,XY."]);

/** The line that both values were read from, with each of them. */
async function assertRead(page, line) {
  const told = await page.locator("tr.line .snip").allTextContents();
  assert.equal(told.length, 2, `${told}`);
  for (const text of told) assert.match(text, line);
}

inBrowser("a clinic that masks sex chromosomes keeps them from the page of a nurse", async (page) => {
  const clinic = await newClinic();
  const document = await clinic.send("letter.pdf", PAPER);
  const place = `/documents/${document.id}`;
  await signInAs(page, clinic, "nurse", place);
  await assertRead(page, /FSH.*46,XY/);
  assert.ok((await page.locator(".sheet img").count()) > 0);

  await elsewhere(page, async (other) => {
    await signInAs(other, clinic, "clinic_admin", "/clinic");
    await assertAccessible(other);
    await pictures(other, "clinic");
    await tabTo(other, other.getByLabel("Everybody who may read"));
    await other.keyboard.press("ArrowDown");
    await tabTo(other, other.getByRole("button", { name: "Decide" }));
    await other.keyboard.press("Enter");
    await other.getByText("Decided. It is in force within five seconds.").waitFor();
    assert.ok(await other.getByLabel("Masked: only who holds the right genetics").isChecked());
    await assertAccessible(other);
  });

  await comesToBe(page, async () => !(await page.content()).includes("46,XY"));
  await assertRead(page, /FSH.*46,‹masked›/);
  await page.getByText("The paper is withheld.").waitFor();
  assert.equal(await page.locator(".sheet img").count(), 0);
  assert.equal(await page.getByRole("link", { name: "Original file" }).count(), 0);
  await assertAccessible(page);
  await pictures(page, "masked");

  await elsewhere(page, async (other) => {
    await signInAs(other, clinic, "embryologist", place);
    await assertRead(other, /FSH.*46,XY/);
  });
});

inBrowser("an administrator changes what somebody is, and shuts an account", async (page) => {
  const clinic = await newClinic();
  const user = await newPerson(clinic.id, "nurse");
  await signInAs(page, clinic, "clinic_admin", "/people");
  const row = page.locator(`tbody[data-person="${user}"]`);
  await tabTo(page, row.locator("summary"));
  await page.keyboard.press("Enter");
  await assertAccessible(page);
  await pictures(page, "people-change");
  await row.getByLabel("embryologist").check();
  await row.getByLabel("nurse").uncheck();
  await row.getByRole("button", { name: "Save the roles" }).click();
  await page.getByText("Saved.").waitFor();
  assert.match(await row.innerText(), /embryologist/);
  assert.equal(await row.locator("td").first().innerText(), "embryologist");

  await elsewhere(page, async (other) => {
    await other.goto(`${url}/sign-in?next=/patients`);
    await enter(other, user);
    await other.getByRole("heading", { level: 1, name: "Patients" }).waitFor();
    await row.locator("summary").click();
    await row.getByRole("button", { name: "Disable the account" }).click();
    await page.getByText("The account was disabled").waitFor();
    await comesToBe(other, async () => new URL(other.url()).pathname === "/sign-in");
    await other.getByText("Your account was disabled.").waitFor();
  });
  assert.match(await row.innerText(), /disabled/);
});

inBrowser("somebody ends another session of their own", async (page) => {
  const clinic = await newClinic();
  const user = await signInAs(page, clinic, "nurse", "/account");
  await elsewhere(page, async (other) => {
    await other.goto(`${url}/sign-in?next=/patients`);
    await enter(other, user);
    await other.getByRole("heading", { level: 1, name: "Patients" }).waitFor();
    await page.reload();
    await assertAccessible(page);
    await pictures(page, "account-sessions");
    await tabTo(page, page.getByRole("button", { name: /^End the session of/ }));
    await page.keyboard.press("Enter");
    await page.getByText("The session was ended.").waitFor();
    await comesToBe(other, async () => new URL(other.url()).pathname === "/sign-in");
  });
  assert.equal(await page.getByRole("button", { name: /^End the session of/ }).count(), 0);
});

// The record of who did what: in words, filtered, taken away, and of one patient.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { assertAccessible, enter, inBrowser, newClinic, newPerson, pictures, signInAs, tabTo, url } from "./house.js";

const rows = (page) => page.locator("main tbody tr");
const did = (page) => page.locator("main tbody td:nth-child(3)");

inBrowser("the record tells in words what was done, is filtered and taken away", async (page) => {
  const clinic = await newClinic();
  const her = await clinic.patient("Prosser", "Siân", "1988-01-13", "female");
  const nurse = await newPerson(clinic.id, "nurse");
  await page.goto(`${url}/sign-in?next=/people`);
  await enter(page, nurse);
  await page.getByText("This is not for you").waitFor();
  await page.goto(`${url}/patients/${her.id}`);
  await page.getByText("Siân Prosser").first().waitFor();
  await page.context().clearCookies();

  await signInAs(page, clinic, "clinic_admin", "/people");
  await page.getByRole("link", { name: "Record" }).click();
  await page.getByRole("heading", { level: 1, name: "Who did what" }).waitFor();
  for (const cell of await did(page).all()) {
    const code = await cell.locator("code").innerText();
    const said = (await cell.innerText()).replace(code, "").trim();
    assert.ok(said.length > 3, `${code} has words`);
  }
  await page.getByRole("cell", { name: "signed in session.open" }).first().waitFor();
  await page.getByRole("cell", { name: "looked at the list of people user.list" }).first().waitFor();
  await assertAccessible(page);
  await pictures(page, "record");

  await tabTo(page, page.getByLabel("Action", { exact: true }));
  await page.keyboard.type("access.");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForURL(/\/audit\?.*action=access\./);
  assert.equal(await rows(page).count(), 1);
  assert.match(await rows(page).innerText(), /Invented Person[\s\S]*was refused something[\s\S]*refused/);
  const begun = page.waitForEvent("download");
  await page.getByRole("link", { name: "Take away as CSV" }).click();
  const csv = await readFile(await (await begun).path(), "utf8");
  const lines = csv.trim().split(/\r?\n/);
  assert.equal(lines.length, 2, "the head and the row that is shown");
  assert.match(lines[1], /access\.refuse/);
  await page.getByLabel("From this day").fill("2020-01-01");
  await page.getByLabel("To this day").fill("2020-01-02");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("Nothing that fits was done.").waitFor();
  await assertAccessible(page);
  await page.getByRole("link", { name: "Show all" }).click();
  await page.getByRole("cell", { name: "took the record away audit.export" }).waitFor();
  await page.getByLabel("Patient, by id").fill("Siân");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByRole("alert").getByText("The id of the patient is not complete.").waitFor();
  await assertAccessible(page);
});

inBrowser("who treats a patient sees who looked", async (page) => {
  const clinic = await newClinic();
  const her = await clinic.patient("Prosser", "Siân", "1988-01-13", "female");
  const him = await clinic.patient("Gwilliams", "Emrys", "1986-06-07", "male");
  await signInAs(page, clinic, "nurse", `/patients/${her.id}`);
  await tabTo(page, page.getByRole("link", { name: "Who looked" }));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Who looked" }).waitFor();
  const looked = rows(page).filter({ hasText: "looked at the summary" });
  assert.match(await looked.innerText(), /Invented Person/);
  assert.match(await rows(page).last().innerText(), /browser test[\s\S]*registered the patient/);
  await assertAccessible(page);
  await pictures(page, "who-looked");
  await page.getByRole("link", { name: "Summary" }).click();
  await page.getByRole("heading", { level: 1, name: "Siân Prosser" }).waitFor();
  await page.goto(`${url}/patients/${him.id}/audit`);
  assert.equal(await rows(page).count(), 1, "of him only that he was registered");
});

inBrowser("who watches without treating sees who looked, and no way to what is not theirs", async (page) => {
  const clinic = await newClinic();
  const her = await clinic.patient("Prosser", "Siân", "1988-01-13", "female");
  await signInAs(page, clinic, "clinic_admin", `/patients/${her.id}/audit`);
  await page.getByRole("heading", { level: 1, name: "Who looked" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Summary" }).count(), 0);
  assert.ok(!(await page.content()).includes("Prosser"));
});

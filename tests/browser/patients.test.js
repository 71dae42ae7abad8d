import assert from "node:assert/strict";
import { assertAccessible, inBrowser, newClinic, picture, url } from "./house.js";

inBrowser("a patient is created, found and changed", async (page) => {
  const clinic = await newClinic();
  await clinic.signIn(page, "/patients");
  await assertAccessible(page);
  await page.getByRole("link", { name: "New patient" }).click();
  await page.getByLabel("Family name").fill("Prosser");
  await page.getByLabel("Given names").fill("Siân Angharad");
  await page.getByLabel("Birth date").fill("1988-01-13");
  await page.getByLabel("female", { exact: true }).check();
  await page.getByLabel("Issued by").first().fill("Kestrel Bay");
  await page.getByLabel("Number").first().fill("KB20933");
  await assertAccessible(page);
  await page.getByRole("button", { name: "Create the patient" }).click();
  await page.getByRole("heading", { level: 1, name: "Siân Angharad Prosser" }).waitFor();
  assert.match(await page.locator(".person .ids").innerText(), /^female · 13 Jan 1988, \d+ y · KB20933$/);

  await page.getByLabel("Find a patient").fill("sian");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${url}/patients?q=sian`);
  const row = page.locator("tr[data-patient]");
  await row.waitFor();
  assert.match(await row.innerText(), /Siân Angharad Prosser[\s\S]*13 Jan 1988[\s\S]*female[\s\S]*KB20933/);
  await picture(page, "patients");
  await row.getByRole("link").click();
  await page.getByRole("link", { name: "Details and partners" }).click();
  await page.getByLabel("Number").first().fill("KB99999");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  assert.match(await page.locator(".person .ids").innerText(), /KB99999/);
});

inBrowser("a number that belongs to somebody else is refused and nothing is lost", async (page) => {
  const clinic = await newClinic();
  await clinic.patient("Prosser", "Siân", "1988-01-13", "female", "KB1");
  await clinic.signIn(page, "/patients/new");
  await page.getByLabel("Family name").fill("Weiss");
  await page.getByLabel("Issued by").first().fill("clinic");
  await page.getByLabel("Number").first().fill("kb-1");
  await page.getByRole("button", { name: "Create the patient" }).click();
  await page.getByRole("alert").getByText("Another patient already has this number").waitFor();
  assert.equal(await page.getByLabel("Family name").inputValue(), "Weiss");
  assert.equal((await clinic.api("GET", "/patients")).items.length, 1);
});

inBrowser("partners are linked with dates and ended", async (page) => {
  const clinic = await newClinic();
  const her = await clinic.patient("Prosser", "Siân", "1988-01-13", "female");
  const him = await clinic.patient("Prosser", "Gareth", "1986-06-07", "male");
  await clinic.signIn(page, `/patients/${her.id}/edit`);
  await page.getByLabel(/^Link a partner/).fill("gareth");
  await page.locator("main").getByRole("button", { name: "Find" }).click();
  await page.getByLabel("Partners since").fill("2024-08-12");
  await page.getByLabel(/^Both consented to be shown together/).fill("2024-08-12");
  await assertAccessible(page);
  await page.getByRole("button", { name: "Link as partner" }).click();
  await page.getByText("The partner was linked.").waitFor();
  await page.getByRole("heading", { level: 2, name: "Gareth Prosser" }).waitFor();
  await page.goto(`${url}/patients/${him.id}/edit`);
  await page.getByText("12 Aug 2024").first().waitFor();
  await page.getByLabel("Last day with Siân Prosser").fill("2025-01-31");
  await page.getByRole("button", { name: "End" }).click();
  await page.getByText("31 Jan 2025").waitFor();
});

inBrowser("a CSV file is imported with a report for each line", async (page) => {
  const clinic = await newClinic();
  const file = {
    name: "patients.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("family_name,given_names,birth_date,sex\nKowalczyk,Marta,1990-06-30,female\n,Nobody,1990-01-01,female\nOkonkwo,Chidi,not a date,male\n"),
  };
  await clinic.signIn(page, "/patients/import");
  await page.getByLabel("CSV file").setInputFiles(file);
  await page.getByRole("button", { name: "Check only, write nothing" }).click();
  await page.getByText("1 would be created, nothing was written").waitFor();
  assert.equal((await clinic.api("GET", "/patients")).items.length, 0);
  await page.getByLabel("CSV file").setInputFiles(file);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("1 created · 0 known already · 2 left out").waitFor();
  await assertAccessible(page);
  await picture(page, "import");
  const lines = page.locator("#report tbody tr");
  assert.equal(await lines.count(), 3);
  assert.match(await lines.nth(1).innerText(), /^3\s+left out\s+\S/);
  assert.match(await lines.nth(2).innerText(), /^4\s+left out\s+\S/);
  await lines.nth(0).getByRole("link", { name: "created" }).click();
  await page.getByRole("heading", { level: 1, name: "Marta Kowalczyk" }).waitFor();
});

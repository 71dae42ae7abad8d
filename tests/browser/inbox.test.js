import assert from "node:assert/strict";
import { assertAccessible, inBrowser, newClinic, picture, truth, url } from "./house.js";

const SEMEN = "semen_nhs_andrology_who5.pdf";

inBrowser("a patient is made out of what the paper says, in one step", async (page) => {
  const clinic = await newClinic();
  const document = await clinic.read(SEMEN);
  assert.equal(document.filing, "held");
  await clinic.signIn(page, "/inbox");
  const row = page.locator(`tr[data-document="${document.id}"]`);
  await row.getByText("14 Aug 1989").waitFor();
  await assertAccessible(page);
  await picture(page, "inbox");
  await row.getByRole("button", { name: /^Create / }).click();
  await page.getByText("The patient was created and the document filed.").waitFor();
  await page.getByText("Nothing waits for a person.").waitFor();
  const { items } = await clinic.api("GET", "/patients");
  assert.equal(items.length, 1);
  assert.equal(items[0].birth_date, "1989-08-14");
  assert.equal(items[0].sex, "male");
  await page.goto(`${url}/patients/${items[0].id}`);
  const concentration = (await truth(SEMEN)).observations.find((o) => o.analyte === "sperm_concentration");
  const shown = page.locator('tr[data-analyte="sperm_concentration"] .n');
  assert.equal(Number(await shown.innerText()), concentration.value);
});

inBrowser("a page that names another person is held back until somebody decides", async (page) => {
  const clinic = await newClinic();
  const wrong = await clinic.patient("O'Connor", "Declan", "1989-08-04", "male", "H4477192");
  const right = await clinic.patient("O'Connell", "Declan Patrick", "1989-08-14", "male", "H4471902");
  const document = await clinic.read(SEMEN, wrong.id);
  assert.equal(document.filing, "held");
  await clinic.signIn(page, `/patients/${wrong.id}`);
  await page.locator(".due b", { hasText: "1 document waits for a person" }).waitFor();
  assert.equal(await page.locator("tr[data-analyte]").count(), 0, "no value before somebody decides");
  await page.goto(`${url}/documents/${document.id}`);
  const against = page.getByRole("table", { name: /against the patients/ });
  assert.match(await against.getByRole("row", { name: /^Born/ }).innerText(), /14 Aug 1989[\s\S]*≠[\s\S]*4 Aug 1989/);
  await assertAccessible(page);
  await picture(page, "document-held");
  await page.getByRole("button", { name: "File for Declan Patrick O'Connell" }).click();
  await page.waitForURL(new RegExp(`/patients/${right.id}`));
  assert.ok((await page.locator("tr[data-analyte]").count()) >= 10);
  await page.goto(`${url}/patients/${wrong.id}`);
  assert.equal(await page.locator("tr[data-analyte]").count(), 0);
});

inBrowser("a semen analysis handed in for the woman is offered for her partner", async (page) => {
  const clinic = await newClinic();
  const her = await clinic.patient("O'Connell", "Siobhan", "1991-11-02", "female");
  const him = await clinic.patient("O'Connell", "Declan Patrick", "1989-08-14", "male");
  await clinic.api("POST", `/patients/${her.id}/partners`, { partner_id: him.id, since: "2024-08-12" });
  const document = await clinic.read(SEMEN, her.id);
  await clinic.signIn(page, "/inbox");
  const row = page.locator(`tr[data-document="${document.id}"]`);
  await row.getByRole("button", { name: "File for Declan Patrick O'Connell" }).click();
  await page.getByText("Filed. Its values are in the summary now.").waitFor();
  assert.equal((await clinic.api("GET", `/documents/${document.id}`)).patient.id, him.id);
});

inBrowser("somebody else can be looked for and chosen", async (page) => {
  const clinic = await newClinic();
  const chosen = await clinic.patient("Rivas", "Tomás", "1984-03-02", "male", "KB20710");
  const document = await clinic.read(SEMEN);
  await clinic.signIn(page, `/documents/${document.id}`);
  await page.getByText(/^(Someone else|Choose a patient)…$/).click();
  await page.getByLabel("Name, number or birth date", { exact: true }).fill("rivas");
  await page.locator(".gate").getByRole("button", { name: "Find" }).click();
  await page.locator(".found").getByRole("button", { name: /File for Tomás Rivas/ }).click();
  await page.waitForURL(new RegExp(`/patients/${chosen.id}`));
});

inBrowser("what could not be read says why and what became of it", async (page) => {
  const clinic = await newClinic();
  await clinic.read("hormone_password_protected.pdf");
  await clinic.signIn(page, "/inbox");
  await page.getByText(/locked with a password\. It is kept exactly as it came/).waitFor();
  await page.getByRole("link", { name: "Start with the first" }).click();
  await page.getByRole("heading", { name: "Nothing could be read" }).waitFor();
  await assertAccessible(page);
});

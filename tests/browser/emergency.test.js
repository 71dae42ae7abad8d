// Emergency access: opened by who needs it, seen on every page, and taken note of by who watches.
import assert from "node:assert/strict";
import { assertAccessible, comesToBe, elsewhere, inBrowser, newClinic, pictures, signInAs, tabTo, url } from "./house.js";

const REASON = "Transfusion in theatre, the donor must be known";

inBrowser("emergency access opens for an hour, shows what was kept back, and is taken note of", async (page) => {
  const clinic = await newClinic("Kestrel Bay Fertility", "upload,read,write,donors");
  const donor = { family_name: "Falkenried", given_names: "Jonas", birth_date: "1991-05-17", donor_code: "D-1042" };
  const { id } = await clinic.api("POST", "/patients", donor);
  await signInAs(page, clinic, "nurse", "/patients?q=falkenried");
  assert.equal(await page.locator("tr[data-patient]").count(), 0, "a donor is kept from nurses");
  assert.equal((await page.goto(`${url}/patients/${id}`)).status(), 404);

  await page.goto(`${url}/inbox`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Emergency access" }).click();
  await assertAccessible(page);
  await pictures(page, "emergency");
  await tabTo(page, page.getByLabel("Why do you need it?"));
  await page.keyboard.type("too short");
  // The browser asks for more letters; whoever goes around it is told by the server.
  await page.locator("form[action='/emergency']").evaluate((form) => { form.noValidate = true; });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("Why do you need it?").inputValue(), "too short", "what was entered stays");
  await assertAccessible(page);
  await page.getByLabel("Why do you need it?").fill(REASON);
  await page.getByRole("button", { name: "Open emergency access" }).click();
  const banner = page.getByRole("heading", { name: /^Emergency access is open until/ });
  await banner.waitFor();
  await assertAccessible(page);
  await pictures(page, "emergency-open");

  await page.goto(`${url}/patients?q=falkenried`);
  await banner.waitFor();
  await page.locator("tr[data-patient]").getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "Jonas Falkenried" }).waitFor();
  await banner.waitFor();
  const ends = (await banner.innerText()).replace(/^.*until /, "").replace(",", "");
  const minutes = (new Date(ends) - Date.now()) / 60_000;
  assert.ok(minutes > 55 && minutes <= 60, `${minutes} minutes`);

  await elsewhere(page, async (other) => {
    await clinic.signIn(other, "/people");
    const notices = other.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Notices/ });
    assert.match(await notices.textContent(), /1 waiting/);
    await notices.click();
    const row = other.getByRole("row", { name: /Invented Person/ });
    assert.match(await row.textContent(), new RegExp(`open until.*${REASON}`, "s"));
    await assertAccessible(other);
    await pictures(other, "notices");
    await tabTo(other, row.getByRole("button", { name: /^Take note/ }));
    await other.keyboard.press("Enter");
    await other.getByText("You took note of it.").waitFor();
    assert.equal(await row.getByRole("button").count(), 0);
    assert.ok(!(await notices.textContent()).includes("waiting"));
    await other.goto(`${url}/audit?action=emergency.`);
    await other.getByRole("cell", { name: "opened emergency access emergency.open" }).waitFor();
  });

  await page.getByRole("button", { name: "End it now" }).click();
  await page.getByText("Emergency access was ended.").waitFor();
  assert.equal(await banner.count(), 0);
  await page.goto(`${url}/patients?q=falkenried`);
  await comesToBe(page, async () => (await page.locator("tr[data-patient]").count()) === 0);
});

inBrowser("from whom nothing is kept back, emergency access is not offered", async (page) => {
  const clinic = await newClinic();
  await signInAs(page, clinic, "embryologist", "/inbox");
  assert.equal(await page.getByRole("link", { name: "Emergency access" }).count(), 0);
  await page.goto(`${url}/emergency`);
  await page.getByText("Nothing is kept from you here").waitFor();
  await assertAccessible(page);
});

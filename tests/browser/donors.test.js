// Donors behind their wall, and partners with and without the couple's consent.
import assert from "node:assert/strict";
import { assertAccessible, elsewhere, inBrowser, newClinic, paperOf, pictures, signInAs, tabTo, url } from "./house.js";

inBrowser("consent shows the partner, and taking it back hides them", async (page) => {
  const clinic = await newClinic();
  const her = await clinic.patient("Prosser", "Siân", "1988-01-13", "female");
  const him = await clinic.patient("Gwilliams", "Emrys", "1986-06-07", "male");
  await clinic.api("POST", `/patients/${her.id}/partners`, { partner_id: him.id, since: "2024-08-12" });
  const tells = async (place) => {
    await page.goto(`${url}${place}`);
    return (await page.content()).includes("Gwilliams");
  };
  await signInAs(page, clinic, "nurse", `/patients/${her.id}`);
  for (const place of [`/patients/${her.id}`, `/patients/${her.id}/edit`]) assert.equal(await tells(place), false, place);
  await assertAccessible(page);
  await pictures(page, "consent-none");
  await page.getByLabel("Day of the consent with the partner since 12 Aug 2024").fill("2024-08-20");
  await tabTo(page, page.getByRole("button", { name: "Record the consent" }));
  await page.keyboard.press("Enter");
  await page.getByText("The consent was recorded.").waitFor();
  await page.getByRole("row", { name: /Emrys Gwilliams/ }).getByText("20 Aug 2024").waitFor();
  await assertAccessible(page);
  await pictures(page, "consent");
  await page.goto(`${url}/patients/${her.id}`);
  await page.getByRole("heading", { level: 2, name: "Emrys Gwilliams" }).waitFor();
  await page.goto(`${url}/patients/${him.id}`);
  await page.getByRole("heading", { level: 2, name: "Siân Prosser" }).waitFor();

  await page.goto(`${url}/patients/${her.id}/edit`);
  await tabTo(page, page.getByRole("button", { name: "Take back the consent with Emrys Gwilliams" }));
  await page.keyboard.press("Enter");
  await page.getByText("The consent was taken back.").waitFor();
  for (const place of [`/patients/${her.id}`, `/patients/${her.id}/edit`]) assert.equal(await tells(place), false, place);
  await page.goto(`${url}/patients/${him.id}`);
  assert.ok(!(await page.content()).includes("Prosser"));
});

inBrowser("a donor is seen by the laboratory; recipients and nurses are shown the code", async (page) => {
  const clinic = await newClinic();
  const her = await clinic.patient("Prosser", "Siân", "1988-01-13", "female");
  await signInAs(page, clinic, "embryologist", "/patients/new");
  await page.getByLabel("Family name").fill("Falkenried");
  await page.getByLabel("Given names").fill("Jonas");
  await page.getByLabel("Birth date").fill("1991-05-17");
  await page.getByLabel("Donor code").fill("D-1042");
  await assertAccessible(page);
  await pictures(page, "donor-new");
  await page.getByRole("button", { name: "Create the patient" }).click();
  await page.getByRole("heading", { level: 1, name: "Jonas Falkenried" }).waitFor();
  await assertAccessible(page);
  await page.goto(`${url}/patients/${her.id}/edit`);
  await page.getByLabel("The donor’s code").fill("D-1042");
  await page.getByRole("group", { name: "What" }).getByLabel("sperm").check();
  await page.getByRole("region", { name: "Donations" }).getByLabel("Since").fill("2024-03-01");
  await page.getByRole("button", { name: "Record the donation" }).click();
  await page.getByText("The donation was recorded.").waitFor();
  const row = page.getByRole("row", { name: /D-1042|Falkenried/ });
  assert.match(await row.innerText(), /sperm[\s\S]*1 Mar 2024/);
  await assertAccessible(page);
  await pictures(page, "donation");
  const silent = await clinic.send("silent.pdf", paperOf(["FSH 5.5 IU/l", "of D-1042"]), her.id);
  const telling = await clinic.send("telling.pdf", paperOf(["LH 4.5 IU/l", "donor Jonas FALKENRIED"]), her.id);

  await elsewhere(page, async (other) => {
    await signInAs(other, clinic, "nurse", `/patients/${her.id}/edit`);
    await other.getByRole("row", { name: /D-1042/ }).waitFor();
    assert.ok(!(await other.content()).includes("Falkenried"));
    assert.equal(await other.getByRole("button", { name: "Record the donation" }).count(), 0);
    await assertAccessible(other);
    await pictures(other, "donation-nurse");
    await other.goto(`${url}/patients?q=falkenried`);
    assert.equal(await other.locator("tr[data-patient]").count(), 0);
    // A paper that names the donor is withheld from the recipients' side, and only that one.
    await other.goto(`${url}/documents/${silent.id}`);
    await other.locator(".sheet img").first().waitFor();
    await other.goto(`${url}/documents/${telling.id}`);
    await other.getByText("The paper is withheld.").waitFor();
    assert.equal(await other.getByRole("link", { name: "Original file" }).count(), 0);
    assert.ok(!/falkenried/i.test(await other.content()));
    await assertAccessible(other);
    await pictures(other, "withheld");
    await other.keyboard.press("g");
    await other.keyboard.press("i");
    await other.waitForURL(`${url}/inbox`);
  });
  await page.goto(`${url}/documents/${telling.id}`);
  await page.locator(".sheet img").first().waitFor();
});

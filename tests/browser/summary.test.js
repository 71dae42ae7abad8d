import assert from "node:assert/strict";
import { assertAccessible, inBrowser, newClinic, picture, url } from "./house.js";

const SEMEN = "semen_nhs_andrology_who5.pdf";
const HORMONES = "hormone_uk_si_libreoffice.pdf";

async function couple() {
  const clinic = await newClinic();
  const him = await clinic.patient("O'Connell", "Declan Patrick", "1989-08-14", "male", "H4471902");
  const her = await clinic.patient("Whitfield", "Emma Louise", "1987-04-19", "female", "W0713358");
  await clinic.api("POST", `/patients/${her.id}/partners`, { partner_id: him.id, since: "2024-08-12", consented_on: "2024-08-12" });
  return { clinic, him, her };
}

inBrowser("each value of a summary leads to its box on the paper", async (page) => {
  const { clinic, him } = await couple();
  const document = await clinic.read(SEMEN);
  assert.equal(document.filing, "filed");
  const { observations, page_sizes } = document.analysis;
  await clinic.signIn(page, `/patients/${him.id}`);
  const links = page.locator("tr[data-analyte] a.src");
  const ways = await links.evaluateAll((found) => found.map((link) => ({
    href: link.getAttribute("href"),
    analyte: link.closest("tr").dataset.analyte,
    number: link.closest("tr").querySelector(".n")?.textContent ?? null,
  })));
  assert.ok(ways.length >= 10);
  for (const { href, analyte, number } of ways) {
    const stated = observations.filter((o) => o.analyte === analyte);
    if (stated.length !== 1) continue;
    await page.goto(`${url}${href}`);
    const image = page.locator(".sheet img").first();
    await image.evaluate((img) => img.complete || new Promise((loaded) => { img.onload = loaded; }));
    assert.ok(await image.evaluate((img) => img.naturalWidth > 0), "the page is shown");
    const chosen = page.locator(".sheet .at");
    assert.equal(await chosen.count(), 1);
    const [box, sheet] = [await chosen.locator("rect").boundingBox(), await image.boundingBox()];
    const [width, height] = page_sizes[stated[0].page - 1];
    const [x0, y0, x1, y1] = stated[0].box;
    const expected = [x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height];
    const found = [
      (box.x - sheet.x) / sheet.width, (box.y - sheet.y) / sheet.height,
      box.width / sheet.width, box.height / sheet.height,
    ];
    // A stroke's width of a box that is some pixels high.
    found.forEach((share, at) => assert.ok(Math.abs(share - expected[at]) < 0.006, `${analyte}: ${found} is not ${expected}`));
    const row = page.locator("tr.at");
    assert.equal(await row.getAttribute("data-analyte"), analyte);
    if (number !== null) assert.equal(await row.locator(".n").innerText(), number);
  }
  await picture(page, "document");
});

inBrowser("a summary says what it holds and what it does not", async (page) => {
  const { clinic, him, her } = await couple();
  await clinic.read(SEMEN);
  await clinic.read(HORMONES);
  const held = await clinic.read("hormone_es_decimal_comma.pdf", her.id);
  assert.equal(held.filing, "held");
  const summary = await clinic.api("GET", `/patients/${her.id}/summary`);
  await clinic.signIn(page, `/patients/${her.id}`);
  await page.getByRole("heading", { level: 1, name: "Emma Louise Whitfield" }).waitFor();
  await page.getByRole("heading", { level: 2, name: "Declan Patrick O'Connell" }).waitFor();
  await page.locator(".due b", { hasText: "1 document waits for a person" }).waitFor();
  const card = page.getByRole("region", { name: "Emma Louise Whitfield, latest values" });
  assert.equal(await card.locator("tr[data-analyte]").count(), summary.values.length);
  for (const value of summary.values) {
    const link = page.locator(`a[href*="value=${value.observation_id}"]`);
    assert.equal(await card.locator(link).count(), 1, value.analyte);
    const row = card.locator("tr", { has: link });
    if (value.flag === "low") await row.getByText("below").waitFor();
    if (value.flag === "high") await row.getByText("above").waitFor();
    if (value.flag === null) assert.equal(await row.locator(".flag").count(), 0);
    if (!value.verified) assert.equal(await row.locator(".unseen").count(), 1, "no person has checked it");
  }
  assert.match(await page.locator(".fresh time").getAttribute("datetime"), /^\d{4}-\d\d-\d\dT/);
  const waiting = summary.values_waiting + (await clinic.api("GET", `/patients/${him.id}/summary`)).values_waiting;
  assert.equal(await page.locator(".fresh b").count(), waiting > 0 ? 1 : 0);
  await assertAccessible(page);
  await picture(page, "summary");
  await page.emulateMedia({ colorScheme: "dark" });
  await assertAccessible(page);
  await picture(page, "summary-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 820, height: 1180 });
  await assertAccessible(page);
  await picture(page, "summary-tablet");
});

inBrowser("a patient without documents shows no value at all", async (page) => {
  const clinic = await newClinic();
  const patient = await clinic.patient("Prosser", "Gareth", null, null);
  await clinic.signIn(page, `/patients/${patient.id}`);
  await page.getByText("No values yet.").waitFor();
  assert.equal(await page.locator("tr[data-analyte]").count(), 0);
  assert.equal((await page.locator(".person .ids").innerText()).trim(), "");
});

inBrowser("keys move the value and its box together, and the address follows", async (page) => {
  const { clinic } = await couple();
  const document = await clinic.read(SEMEN);
  await clinic.signIn(page, `/documents/${document.id}`);
  const at = () => page.locator("tr.at").getAttribute("data-value");
  const first = await at();
  await page.keyboard.press("j");
  const second = await at();
  assert.notEqual(second, first);
  assert.equal(await page.locator(".sheet .at").getAttribute("id"), `box-${second}`);
  assert.match(page.url(), new RegExp(`value=${second}`));
  await page.keyboard.press("k");
  assert.equal(await at(), first);
  // A click on the page finds the row.
  await page.locator(`#box-${second} rect`).click();
  assert.equal(await at(), second);
  await assertAccessible(page);
});

inBrowser("without script the address alone chooses the value", async (page) => {
  const { clinic } = await couple();
  const document = await clinic.read(SEMEN);
  await clinic.signIn(page, `/documents/${document.id}`);
  const last = await page.locator("tr[data-value]").last().getAttribute("data-value");
  const context = await page.context().browser().newContext({ javaScriptEnabled: false });
  try {
    const plain = await context.newPage();
    await clinic.signIn(plain, `/documents/${document.id}?value=${last}`);
    assert.equal(await plain.locator("tr.at").getAttribute("data-value"), last);
    assert.equal(await plain.locator(".sheet .at").getAttribute("id"), `box-${last}`);
  } finally {
    await context.close();
  }
});

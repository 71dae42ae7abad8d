import assert from "node:assert/strict";
import { assertAccessible, inBrowser, newClinic, url } from "./house.js";

const SEMEN = "semen_nhs_andrology_who5.pdf";

inBrowser("another clinic sees nothing", async (page) => {
  const [ours, theirs] = [await newClinic("Ours"), await newClinic("Theirs")];
  const patient = await ours.patient("O'Connell", "Declan Patrick", "1989-08-14", "male", "H4471902");
  const document = await ours.read(SEMEN);
  await theirs.signIn(page, "/inbox");
  await page.getByText("Nothing waits for a person.").waitFor();
  await page.goto(`${url}/patients?q=oconnell`);
  assert.equal(await page.locator("tr[data-patient]").count(), 0);
  await page.goto(`${url}/documents`);
  assert.equal(await page.locator("tr[data-document]").count(), 0);
  for (const place of [
    `/patients/${patient.id}`, `/patients/${patient.id}/edit`, `/documents/${document.id}`,
    `/documents/${document.id}/row`, `/documents/${document.id}/tray`, `/documents?patient=${patient.id}`,
  ]) {
    const answer = await page.goto(`${url}${place}`);
    assert.equal(answer.status(), 404, place);
    assert.ok(!(await page.content()).includes("O'Connell"), place);
  }
  await assertAccessible(page);
});

inBrowser("every page binds the browser and is never kept", async (page) => {
  const clinic = await newClinic();
  const refused = [];
  page.on("console", (message) => { if (/Content Security Policy/.test(message.text())) refused.push(message.text()); });
  await clinic.signIn(page, "/inbox");
  for (const place of ["/inbox", "/patients", "/patients/new", "/patients/import", "/documents", "/upload", "/nothing"]) {
    let bytes = 0;
    const count = async (answer) => { bytes += (await answer.body().catch(() => "")).length; };
    page.on("response", count);
    const answer = await page.goto(`${url}${place}`, { waitUntil: "networkidle" });
    page.off("response", count);
    const headers = answer.headers();
    assert.equal(headers["cache-control"], "no-store", place);
    assert.match(headers["content-security-policy"], /default-src 'none'.*style-src 'self'.*frame-ancestors 'none'/, place);
    assert.equal(headers["x-content-type-options"], "nosniff", place);
    assert.ok(bytes < 150_000, `${place}: ${bytes} bytes at first load`);
  }
  assert.deepEqual(refused, []);
  await page.getByText("Nothing is here").waitFor();
  assert.match(await page.locator("code").innerText(), /^[0-9a-f-]{36}$/, "the page names its request");
});

inBrowser("the keyboard alone leads from the inbox to a filed document", async (page) => {
  const clinic = await newClinic();
  const document = await clinic.read(SEMEN);
  await clinic.signIn(page, "/patients");
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await page.waitForURL(`${url}/inbox`);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${url}/documents/${document.id}`);
  const create = page.getByRole("button", { name: /^Create .* and file$/ });
  for (let step = 0; step < 40 && !(await create.evaluate((button) => button === document.activeElement)); step += 1) {
    await page.keyboard.press("Tab");
  }
  assert.ok(await create.evaluate((button) => button === document.activeElement), "reached by Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/patients\/.*said=created-filed/);
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Next row, row before").waitFor();
});

import assert from "node:assert/strict";
import { assertAccessible, inBrowser, newClinic, paper, picture, truth, url } from "./house.js";

const SEMEN = "semen_nhs_andrology_who5.pdf";

inBrowser("an uploaded report is read while one looks, and its values are those of the paper", async (page) => {
  const clinic = await newClinic();
  await clinic.patient("O'Connell", "Declan Patrick", "1989-08-14", "male", "H4471902");
  await clinic.signIn(page, "/upload");
  await assertAccessible(page);
  await page.getByLabel("Choose files").setInputFiles(paper(SEMEN));
  // The item is drawn by the server again each time the document moves, without a new page.
  const item = page.locator("#tray > li", { hasText: SEMEN });
  await item.getByText("Semen analysis").waitFor();
  const person = item.getByRole("link", { name: "Declan Patrick O'Connell", exact: true });
  await person.waitFor();
  await assertAccessible(page);
  await picture(page, "upload");
  await person.click();
  await page.getByRole("heading", { level: 1, name: "Declan Patrick O'Connell" }).waitFor();
  const { observations } = await truth(SEMEN);
  let shown = 0;
  for (const { analyte, value, comparator } of observations) {
    const row = page.locator(`tr[data-analyte="${analyte}"]`);
    if (value === null || (await row.count()) !== 1) continue;
    const number = (await row.locator(".n").innerText()).replace(/^[<>≤≥]\s*/, "");
    assert.equal(Number(number), value, analyte);
    assert.equal(comparator !== null, /^[<>≤≥]/.test(await row.locator(".n").innerText()), analyte);
    shown += 1;
  }
  assert.ok(shown >= 10, `${shown} of the paper's values are in the summary`);
});

inBrowser("a file that is not taken says why and what to do", async (page) => {
  const clinic = await newClinic();
  await clinic.signIn(page, "/upload");
  await page.getByLabel("Choose files").setInputFiles({
    name: "empty.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(0),
  });
  const item = page.locator("#tray > li", { hasText: "empty.pdf" });
  await item.getByText("not taken").waitFor();
  assert.match(await item.locator(".say").innerText(), /empty/i);
  assert.equal((await clinic.api("GET", "/documents")).items.length, 0);
});

inBrowser("a file that is refused for the moment is sent again by itself, and nobody has to drop it twice", async (page) => {
  const clinic = await newClinic();
  await clinic.signIn(page, "/upload");
  let refused = 0;
  await page.route("**/api/v1/documents", async (route) => {
    if (refused > 0) { await route.continue(); return; }
    refused += 1;
    await route.fulfill({
      status: 503,
      headers: { "retry-after": "1", "content-type": "application/problem+json" },
      body: JSON.stringify({ code: "busy", detail: "Too many files are being received at the moment." }),
    });
  });
  await page.getByLabel("Choose files").setInputFiles(paper(SEMEN));
  const item = page.locator("#tray > li", { hasText: SEMEN });
  await item.getByText("It is sent again by itself in 1 s.").waitFor();
  await item.getByText("Semen analysis").waitFor();
  assert.equal(refused, 1);
  assert.equal((await clinic.api("GET", "/documents")).items.length, 1);
});

inBrowser("files are sent from any page by dropping them on it", async (page) => {
  const clinic = await newClinic();
  await clinic.signIn(page, "/patients");
  const bytes = [...(await import("node:fs")).readFileSync(paper(SEMEN))];
  await page.evaluate((bytes) => {
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array(bytes)], "dropped.pdf", { type: "application/pdf" }));
    const at = (name) => new DragEvent(name, { dataTransfer: files, bubbles: true, cancelable: true });
    document.body.dispatchEvent(at("dragenter"));
    document.body.dispatchEvent(at("drop"));
  }, bytes);
  await page.waitForURL(/\/upload\?just=/);
  await page.locator("#tray > li", { hasText: "dropped.pdf" }).getByText("Semen analysis").waitFor();
});

inBrowser("without script the form uploads as well, and the list of documents shows it", async (page) => {
  const clinic = await newClinic();
  const context = await page.context().browser().newContext({ javaScriptEnabled: false });
  try {
    const plain = await context.newPage();
    await clinic.signIn(plain, "/upload");
    await plain.getByLabel("Choose files").setInputFiles(paper(SEMEN));
    await plain.getByRole("button", { name: "Upload" }).click();
    await plain.waitForURL(/\/upload\?just=/);
    await plain.locator("#tray > li", { hasText: SEMEN }).waitFor();
    const [document] = (await clinic.api("GET", "/documents")).items;
    await clinic.settled(document.id);
    await plain.goto(`${url}/documents`);
    const row = plain.locator(`tr[data-document="${document.id}"]`);
    await row.getByText("Semen analysis").waitFor();
    await row.getByText("held back").waitFor();
  } finally {
    await context.close();
  }
});

inBrowser("the list of documents moves by itself when a document is read", async (page) => {
  const clinic = await newClinic();
  const uploading = clinic.read(SEMEN);
  await clinic.signIn(page, "/documents");
  const { id } = await uploading;
  // Whoever came before the document was stored looks again; whoever came after sees it move.
  if ((await page.locator(`tr[data-document="${id}"]`).count()) === 0) await page.reload();
  const row = page.locator(`tr[data-document="${id}"]`);
  await row.getByText("held back").waitFor();
  assert.equal(await row.getAttribute("data-live"), null);
  await assertAccessible(page);
  await picture(page, "documents");
});

inBrowser("without events the state comes by asking", async (page) => {
  const clinic = await newClinic();
  await page.addInitScript(() => { delete window.EventSource; });
  await clinic.signIn(page, "/upload");
  await page.getByLabel("Choose files").setInputFiles(paper(SEMEN));
  await page.locator("#tray > li", { hasText: SEMEN }).getByText("held back").waitFor();
});

import assert from "node:assert/strict";
import { assertAccessible, inBrowser, newClinic, url } from "./house.js";

inBrowser("a token is made, shown once, and revoked", async (page) => {
  const clinic = await newClinic("Clinic with tokens");
  await clinic.signIn(page, "/tokens");
  await assertAccessible(page);
  await page.getByLabel("Who or what will hold it").fill("laboratory feed");
  await page.getByLabel("upload: hand documents in").check();
  await page.getByRole("button", { name: "Make the token" }).click();
  await page.getByRole("heading", { name: "The token “laboratory feed” was made" }).waitFor();
  await assertAccessible(page);
  const secret = await page.getByLabel("The token", { exact: true }).inputValue();
  const answer = await fetch(`${url}/api/v1/documents`, { headers: { authorization: `Bearer ${secret}` } });
  assert.equal(answer.status, 403, "it may upload, and read nothing");

  await page.goto(`${url}/tokens`);
  assert.ok(!(await page.content()).includes(secret), "the secret is shown once");
  const row = page.getByRole("row", { name: /laboratory feed/ });
  assert.match(await row.textContent(), /upload.*Invented Person/s);
  await row.getByRole("button", { name: "Revoke laboratory feed" }).click();
  await page.getByText("The token was revoked.").waitFor();
  assert.equal(await row.getByRole("button").count(), 0);
  assert.match(await row.textContent(), /ended/);
});

inBrowser("a token without a scope is refused, and what was entered stays", async (page) => {
  const clinic = await newClinic("Clinic with tokens");
  await clinic.signIn(page, "/tokens");
  await page.getByLabel("Who or what will hold it").fill("laboratory feed");
  await page.getByRole("button", { name: "Make the token" }).click();
  await page.getByRole("alert").getByText("name at least one scope").waitFor();
  assert.equal(await page.getByLabel("Who or what will hold it").inputValue(), "laboratory feed");
  await assertAccessible(page);
});

// Signing in at a real identity provider, and everything that must not sign anybody in.
// `scripts/test oidc` starts the server and sets:
//   FERTIDOC_URL          where it answers
//   FERTIDOC__DB__APP_URL_FILE  the address of its database, to disable somebody in
//   FERTIDOC_OIDC_PORT    where it expects the provider
//   FERTIDOC_OIDC_SECRET  its secret there
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { promisify } from "node:util";
import { Browser } from "./browser.js";
import { IdentityProvider, claimsOf, clientId, forge, newKey } from "./provider.js";

const house = required("FERTIDOC_URL");
const callback = `${house}/sign-in/idp/callback`;
const secret = required("FERTIDOC_OIDC_SECRET");
const idp = new IdentityProvider(Number(required("FERTIDOC_OIDC_PORT")), callback, secret);
let number = 0;

test.before(() => idp.open());
test.after(() => idp.close());
test.afterEach(() => { idp.tamper = undefined; });

/** Somebody new at the provider. */
function person(...groups) {
  const account = `person-${(number += 1)}-${Date.now()}`;
  idp.accounts.set(account, { name: "Ada Example", preferred_username: account, groups });
  return account;
}

/** Goes to the provider as `account` and comes back as far as the address of the callback. */
async function goThrough(browser, account, from = "/sign-in/idp?next=/tokens", amr = ["pwd", "mfa"]) {
  idp.who = { account, amr };
  const { url } = await browser.follow(house + from, (url) => url.startsWith(callback));
  return url;
}

/** The whole of signing in: the page that the callback answers with. */
async function signIn(account, { browser = new Browser(), ...how } = {}) {
  const answer = await browser.get(await goThrough(browser, account, how.from, how.amr));
  return { browser, status: answer.status, page: await answer.text() };
}

const sessionOf = (browser) => browser.jar(house).get("fertidoc");
const status = async (browser, path) => (await browser.get(house + path)).status;

async function refused(account, why, how) {
  const { browser, status, page } = await signIn(account, how);
  assert.equal(status, why);
  assert.equal(sessionOf(browser), undefined, "no session was opened");
  return page;
}

test("the page of signing in offers the provider by its name", async () => {
  const page = await (await fetch(`${house}/sign-in?next=/patients`)).text();
  assert.match(page, /href="\/sign-in\/idp\?next=[^"]*patients"[^>]*>Sign in with Test House</);
});

test("who a mapped group knows is signed in, with state, nonce, PKCE and the exact address", async () => {
  const browser = new Browser();
  const begun = await browser.get(`${house}/sign-in/idp?next=/tokens`);
  assert.equal(begun.status, 303);
  assert.match(begun.headers.get("set-cookie"), /^fertidoc-idp=[\w-]{100,}; HttpOnly; SameSite=Lax; Path=\/; Max-Age=600$/);
  const { page, status: answered } = await signIn(person("admins"), { browser });
  assert.equal(answered, 200);
  assert.match(page, /<meta http-equiv="refresh" content="0; url=\/tokens">/);
  const asked = idp.asked.at(-1);
  assert.equal(asked.response_type, "code");
  assert.equal(asked.redirect_uri, callback);
  assert.equal(asked.code_challenge_method, "S256");
  assert.ok(asked.state.length >= 22 && asked.nonce.length >= 22 && asked.code_challenge.length === 43);
  assert.match(sessionOf(browser), /^fs_/);
  assert.equal(browser.jar(house).has("fertidoc-idp"), false, "the attempt is over");
  assert.equal(await status(browser, "/tokens"), 200);
  const before = idp.asked.at(-1);
  await signIn(person("admins"));
  const after = idp.asked.at(-1);
  for (const drawn of ["state", "nonce", "code_challenge"]) assert.notEqual(before[drawn], after[drawn]);
});

test("roles are what the groups say at the last sign-in", async () => {
  const account = person("admins");
  const { browser: admin } = await signIn(account);
  assert.equal(await status(admin, "/tokens"), 200);
  assert.equal(await status(admin, "/patients"), 403);
  idp.accounts.get(account).groups = ["nurses", "somebody else's"];
  const { browser: nurse } = await signIn(account);
  assert.equal(await status(nurse, "/patients"), 200);
  assert.equal(await status(nurse, "/tokens"), 403);
  // The session that was opened before has the roles of today within five seconds.
  await eventually(async () => (await status(admin, "/patients")) === 200);
  assert.equal(await status(admin, "/tokens"), 403);
});

test("who has no mapped group is told whom to ask, and has no account", async () => {
  const page = await refused(person("strangers"), 403);
  assert.match(page, /none of your groups/);
  assert.match(page, /administrator of your clinic/);
});

test("who lost the last group is refused, and the session before ends", async () => {
  const account = person("nurses");
  const { browser } = await signIn(account);
  assert.equal(await status(browser, "/patients"), 200);
  idp.accounts.get(account).groups = [];
  await refused(account, 403);
  await eventually(async () => (await status(browser, "/patients")) === 303);
});

test("who is disabled here is refused", async () => {
  const account = person("nurses");
  const { browser } = await signIn(account);
  const database = (await readFile(required("FERTIDOC__DB__APP_URL_FILE"), "utf8")).trim();
  const disable = `SELECT fertidoc.disable_account(user_id) FROM fertidoc.account_by_name('${account}')`;
  await promisify(execFile)("psql", [database, "-c", disable]);
  assert.match(await refused(account, 403), /disabled/);
  await eventually(async () => (await status(browser, "/patients")) === 303);
});

test("a role that needs a second factor needs one at the provider", async () => {
  const account = person("nurses");
  assert.match(await refused(account, 403, { amr: ["pwd"] }), /second factor/);
  assert.equal((await signIn(account)).status, 200);
});

test("nobody is signed in when the provider says no", async () => {
  await refused(undefined, 400);
});

test("a state that was not sent is refused", async () => {
  const browser = new Browser();
  const url = new URL(await goThrough(browser, person("nurses")));
  url.searchParams.set("state", "another");
  assert.equal((await browser.get(url)).status, 400);
  url.searchParams.delete("state");
  assert.equal((await browser.get(url)).status, 400);
  assert.equal(sessionOf(browser), undefined);
});

test("a browser that began nothing cannot finish what another one began", async () => {
  const url = await goThrough(new Browser(), person("nurses"));
  const victim = new Browser();
  assert.equal((await victim.get(url)).status, 400);
  // Nor one that began something else, or made up a cookie.
  await victim.get(`${house}/sign-in/idp`);
  assert.equal((await victim.get(url)).status, 400);
  victim.jar(house).set("fertidoc-idp", "A".repeat(300));
  assert.equal((await victim.get(url)).status, 400);
  assert.equal(sessionOf(victim), undefined);
});

test("a code of another sign-in is refused: its verifier is another one", async () => {
  const [victim, attacker] = [new Browser(), new Browser()];
  const theirs = new URL(await goThrough(attacker, person("admins")));
  const own = new URL(await goThrough(victim, person("nurses")));
  own.searchParams.set("code", theirs.searchParams.get("code"));
  assert.equal((await victim.get(own)).status, 400);
  assert.equal(sessionOf(victim), undefined);
});

test("a code is good once", async () => {
  const browser = new Browser();
  const url = await goThrough(browser, person("nurses"));
  const attempt = browser.jar(house).get("fertidoc-idp");
  assert.equal((await browser.get(url)).status, 200);
  const again = new Browser();
  again.jar(house).set("fertidoc-idp", attempt);
  assert.equal((await again.get(url)).status, 400);
  assert.equal(sessionOf(again), undefined);
});

test("an answer of another issuer is refused", async () => {
  const browser = new Browser();
  const url = new URL(await goThrough(browser, person("nurses")));
  assert.equal(url.searchParams.get("iss"), idp.issuer);
  url.searchParams.set("iss", "https://elsewhere.example");
  assert.equal((await browser.get(url)).status, 400);
});

test("the provider sends nobody to an address that is not exactly ours", async () => {
  const browser = new Browser();
  const begun = await browser.get(`${house}/sign-in/idp`);
  const away = new URL(begun.headers.get("location"));
  for (const changed of [`${callback}/`, `${callback}?x=1`, "https://evil.example/sign-in/idp/callback"]) {
    away.searchParams.set("redirect_uri", changed);
    const answer = await browser.get(away);
    assert.equal(answer.status, 400, changed);
    assert.equal(answer.headers.get("location"), null);
  }
});

const now = () => Math.floor(Date.now() / 1000);
const changed = (change) => (token, key) => forge({ ...claimsOf(token), ...change }, { key });
const without = (claim) => (token, key) => {
  const claims = claimsOf(token);
  delete claims[claim];
  return forge(claims, { key });
};
for (const [what, tamper] of [
  ["another nonce", changed({ nonce: "another" })],
  ["no nonce", without("nonce")],
  ["another audience", changed({ aud: "another-client" })],
  ["one more audience", changed({ aud: [clientId, "another-client"] })],
  ["another issuer", changed({ iss: "https://elsewhere.example" })],
  ["an end in the past", changed({ exp: now() - 1 })],
  ["no end", without("exp")],
  ["no signature (alg none)", (token) => forge(claimsOf(token), { alg: "none" })],
  ["our own secret as its key (alg HS256)", (token) => forge(claimsOf(token), { alg: "HS256", key: secret })],
  ["a key that is not the provider's", (token) => forge(claimsOf(token), { key: newKey() })],
  ["a key that calls itself the provider's", (token, key) => forge(claimsOf(token), { key: newKey(key.kid) })],
  ["claims that were changed behind the signature", (token) => {
    const [head, , signature] = token.split(".");
    const claims = Buffer.from(JSON.stringify({ ...claimsOf(token), groups: ["admins"] })).toString("base64url");
    return `${head}.${claims}.${signature}`;
  }],
]) {
  test(`an ID token with ${what} signs nobody in`, async () => {
    const account = person("nurses");
    idp.tamper = tamper;
    await refused(account, 400);
    // That it was the change that was refused: unchanged it is taken.
    idp.tamper = changed({});
    assert.equal((await signIn(account)).status, 200);
  });
}

test("who is asked to prove again who they are is asked by the provider", async () => {
  const account = person("admins");
  const { browser } = await signIn(account);
  const before = sessionOf(browser);
  // Who has no password here is led on: there is nothing to enter.
  const from = "/sign-in/again?next=/tokens";
  const { status: answered } = await signIn(account, { browser, from });
  assert.equal(answered, 200);
  const asked = idp.asked.findLast((query) => query.prompt);
  assert.equal(asked.prompt, "login");
  assert.equal(asked.max_age, "0");
  const after = sessionOf(browser);
  assert.notEqual(before, after, "the session goes on under another secret");
  assert.equal(await status(browser, "/tokens"), 200);
  const old = new Browser();
  old.jar(house).set("fertidoc", before);
  await eventually(async () => (await status(old, "/tokens")) === 303);
  // Somebody else at the provider proves nothing for this person.
  browser.jar(idp.issuer).clear();
  const other = await browser.get(await goThrough(browser, person("admins"), from));
  assert.equal(other.status, 400);
  browser.jar(idp.issuer).clear();
  // Nor does an answer that the provider remembered from before.
  idp.tamper = changed({ auth_time: now() - 3600 });
  assert.equal((await signIn(account, { browser, from })).status, 400);
  assert.equal(sessionOf(browser), after);
});

test("a provider that changed its keys is asked for the new ones", async () => {
  await idp.changeKey();
  assert.equal((await signIn(person("nurses"))).status, 200);
});

test("a provider that does not answer is a page that says so", async () => {
  const browser = new Browser();
  const url = await goThrough(browser, person("nurses"));
  await idp.close();
  const answer = await browser.get(url);
  assert.equal(answer.status, 502);
  assert.match(await answer.text(), /does not answer/);
  await idp.open();
  assert.equal((await signIn(person("nurses"))).status, 200);
});

/** Asks again until it is so, at most for six seconds: what ended is gone within five. */
async function eventually(so) {
  const end = Date.now() + 6000;
  while (!(await so())) {
    assert.ok(Date.now() < end, "waited in vain");
    await new Promise((done) => setTimeout(done, 50));
  }
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run ./scripts/test oidc`);
  return value;
}

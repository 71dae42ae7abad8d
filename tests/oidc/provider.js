// A real OpenID Provider on loopback (the certified package oidc-provider), run within the tests so
// that they decide who signs in there and, where a forged answer is wanted, what the ID token says.
import { createPrivateKey, generateKeyPairSync, randomUUID, sign, createHmac } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

export const clientId = "fertidoc";

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A new RSA key as a private JWK. */
export function newKey(kid = randomUUID()) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
}

/** What an ID token says. */
export const claimsOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

/** An ID token of any claims; `alg` is RS256, HS256 (with `key` as the secret) or none. */
export function forge(claims, { alg = "RS256", key, kid = key?.kid } = {}) {
  const text = `${base64url({ alg, typ: "JWT", ...(kid ? { kid } : {}) })}.${base64url(claims)}`;
  const signature = {
    none: () => "",
    HS256: () => createHmac("sha256", key).update(text).digest("base64url"),
    RS256: () => sign("RSA-SHA256", text, createPrivateKey({ key, format: "jwk" })).toString("base64url"),
  }[alg]();
  return `${text}.${signature}`;
}

export class IdentityProvider {
  /** Claims by account. */
  accounts = new Map();
  /** Who sits before the browser that comes next, and how they prove it. */
  who = { account: undefined, amr: ["pwd", "mfa"] };
  /** Changes the ID token that is given out: `(token, key) => token`. */
  tamper = undefined;
  /** The queries with which browsers were sent here. */
  asked = [];

  constructor(port, redirect, secret) {
    Object.assign(this, { port, redirect, secret, issuer: `http://127.0.0.1:${port}`, key: newKey() });
  }

  async open() {
    const provider = new Provider(this.issuer, {
      clients: [{
        client_id: clientId,
        client_secret: this.secret,
        redirect_uris: [this.redirect],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      }],
      jwks: { keys: [this.key] },
      claims: { openid: ["sub", "groups", "amr"], profile: ["name", "preferred_username"], email: ["email"] },
      conformIdTokenClaims: false,
      pkce: { methods: ["S256"], required: () => true },
      cookies: { keys: [randomUUID()] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_, id) => this.accounts.has(id)
        ? { accountId: id, claims: () => ({ sub: id, ...this.accounts.get(id) }) }
        : undefined,
      // Everybody agrees to everything.
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope("openid profile email");
        await grant.save();
        return grant;
      },
    });
    provider.use(async (ctx, next) => {
      if (ctx.path === "/auth") this.asked.push(Object.fromEntries(new URL(ctx.href).searchParams));
      await next();
      if (ctx.path === "/token" && this.tamper && ctx.body?.id_token) ctx.body.id_token = this.tamper(ctx.body.id_token, this.key);
    });
    const handle = provider.callback();
    this.server = createServer(async (request, response) => {
      if (!request.url.startsWith("/interaction/")) return handle(request, response);
      const { account, amr } = this.who;
      const result = account ? { login: { accountId: account, amr } } : { error: "access_denied" };
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    });
    await new Promise((done) => this.server.listen(this.port, "127.0.0.1", done));
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Another key signs from now on. */
  async changeKey() {
    await this.close();
    this.key = newKey();
    await this.open();
  }
}

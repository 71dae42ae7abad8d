// Resumable uploads with a client that others wrote (npm package tus-js-client), over two instances.
// `scripts/test tus` starts the servers and sets:
//   FERTIDOC_URL, FERTIDOC_URL_2  where two instances of one house answer
//   FERTIDOC_TOKEN                a token that may send and read
//   FERTIDOC_CORPUS               the folder of documents
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import * as tus from "tus-js-client";

const houses = [required("FERTIDOC_URL"), required("FERTIDOC_URL_2")];
const corpus = required("FERTIDOC_CORPUS");
const headers = { Authorization: `Bearer ${required("FERTIDOC_TOKEN")}` };

function required(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; run ./scripts/test tus`);
  return value;
}

/** A PDF that no other test sends, of so many bytes. */
function scan(size) {
  return Buffer.concat([Buffer.from("%PDF-1.4\n"), randomBytes(size - 9)]);
}

const options = { endpoint: `${houses[0]}/api/v1/uploads`, headers, retryDelays: null };

/** Sends to the end; what the last answer said of the document. */
function sent(bytes, more = {}) {
  return new Promise((done, failed) => {
    const upload = new tus.Upload(bytes, {
      ...options,
      ...more,
      onError: failed,
      onSuccess: ({ lastResponse }) => done({ upload, document: lastResponse.getHeader("Upload-Result") }),
    });
    upload.start();
  });
}

/** Sends pieces until so many bytes were taken, and breaks off; where the upload is. */
function brokenOff(bytes, after, chunkSize, more = {}) {
  return new Promise((done, failed) => {
    const upload = new tus.Upload(bytes, {
      ...options,
      ...more,
      chunkSize,
      onError: failed,
      onSuccess: () => failed(new Error("it came to its end")),
      onChunkComplete: async (_, taken) => {
        if (taken !== after) return;
        await upload.abort();
        done(upload);
      },
    });
    upload.start();
  });
}

/** A line to the first instance that breaks when so many bytes of requests went through it. */
async function lineThatBreaks(after) {
  const house = new URL(houses[0]);
  let through = 0;
  const line = net.createServer((client) => {
    const server = net.connect(Number(house.port), house.hostname);
    const broken = () => { client.destroy(); server.destroy(); };
    client.on("error", broken).on("close", broken);
    server.on("error", broken).on("close", broken);
    server.pipe(client);
    client.on("data", (bytes) => {
      through += bytes.length;
      if (through > after) return broken();
      if (!server.write(bytes)) {
        client.pause();
        server.once("drain", () => client.resume());
      }
    });
  });
  await new Promise((listening) => line.listen(0, "127.0.0.1", listening));
  const end = new Promise((ended) => line.once("close", ended));
  return {
    url: `http://127.0.0.1:${line.address().port}`,
    close: () => { line.close(); return end; },
  };
}

function elsewhere(upload) {
  return upload.url.replace(houses[0], houses[1]);
}

async function ask(method, url) {
  return fetch(url, { method, headers: { ...headers, "Tus-Resumable": "1.0.0" } });
}

async function original(document) {
  const answer = await ask("GET", `${houses[1]}${document}/original`);
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
}

test("a document of the corpus arrives in pieces", async () => {
  const file = await readFile(path.join(corpus, "hormone_us_flags_reportlab.pdf"));
  const metadata = { filename: "hormone_us_flags_reportlab.pdf", filetype: "application/pdf" };
  let pieces = 0;
  const { document } = await sent(file, { chunkSize: 1024, metadata, onChunkComplete: () => { pieces += 1; } });
  assert.equal(pieces, Math.ceil(file.length / 1024));
  assert.deepEqual(await original(document), file);
});

test("a new client goes on where another one paused, at another instance", async () => {
  const file = scan(13 << 20);
  const paused = await brokenOff(file, 4 << 20, 2 << 20, { metadata: { filename: "Größe.pdf" } });
  const head = await ask("HEAD", elsewhere(paused));
  assert.equal(head.headers.get("upload-offset"), String(4 << 20));
  const { document } = await sent(file, { uploadUrl: elsewhere(paused), chunkSize: 3 << 20 });
  assert.deepEqual(await original(document), file);
  const state = await (await ask("GET", paused.url)).json();
  assert.equal(state.location, document);
});

test("a line that breaks in the middle of a piece costs nothing that was read", async () => {
  const file = scan(24 << 20);
  const begun = await brokenOff(file, 1 << 20, 1 << 20);
  const line = await lineThatBreaks(12 << 20);
  await assert.rejects(sent(file, { uploadUrl: begun.url.replace(houses[0], line.url) }));
  await line.close();
  const head = await ask("HEAD", elsewhere(begun));
  const offset = Number(head.headers.get("upload-offset"));
  assert.ok(offset > 1 << 20 && offset < file.length, `${offset}`);
  const { document } = await sent(file, { uploadUrl: elsewhere(begun) });
  assert.deepEqual(await original(document), file);
});

test("bytes may come with the first request", async () => {
  const file = scan(100_000);
  const { upload, document } = await sent(file, { uploadDataDuringCreation: true });
  assert.deepEqual(await original(document), file);
  // The end is told again.
  const again = await sent(file, { uploadUrl: elsewhere(upload) });
  assert.equal(again.document, document);
});

test("what is given up is gone", async () => {
  const file = scan(3 << 20);
  const begun = await brokenOff(file, 1 << 20, 1 << 20);
  await begun.abort(true);
  assert.equal((await ask("HEAD", elsewhere(begun))).status, 410);
});

test("a file of a type that is not taken is refused with its reason", async () => {
  const page = Buffer.from("<!doctype html><html><script>alert(1)</script></html>");
  await assert.rejects(sent(page, { metadata: { filename: "page.html" } }), (error) => {
    assert.equal(error.originalResponse.getStatus(), 415);
    assert.equal(JSON.parse(error.originalResponse.getBody()).code, "unsupported-type");
    return true;
  });
});

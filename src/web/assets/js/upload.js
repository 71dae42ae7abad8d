// Sending files: each on its own, three at a time, with progress. A page without a tray (every
// page but the upload page) sends what was dropped and then goes there.
const AT_ONCE = 3;
const tray = document.getElementById("tray");
const pattern = document.getElementById("tray-item");
const status = document.getElementById("sending");
const waitingFiles = [];
// A refusal that passes by itself is tried again so often, at the time that the server names.
const TRIES = 5;
let sendingNow = 0;
let resting = 0;
let sent = 0;
let known = 0;
const stored = [];

const size = (bytes) => {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB"];
  let value = bytes;
  let unit = -1;
  do { value /= 1000; unit += 1; } while (value >= 999.5 && unit < units.length - 1);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
};

const sayHow = () => {
  if (!status) return;
  status.textContent = sent < known ? `Sending ${sent + 1} of ${known} files` : known === 1 ? "1 file sent" : `${known} files sent`;
};

const itemFor = (file) => {
  if (!pattern) return null;
  const item = pattern.content.firstElementChild.cloneNode(true);
  item.querySelector(".file").textContent = file.name;
  item.querySelector(".size").textContent = size(file.size);
  item.querySelector("progress").setAttribute("aria-label", `${file.name}, sent`);
  tray.prepend(item);
  document.getElementById("tray-card").hidden = false;
  return item;
};

const refuse = (item, problem) => {
  if (!item) { if (status) status.textContent = problem; return; }
  item.querySelector("progress").hidden = true;
  item.querySelector(".flag").hidden = false;
  item.querySelector(".say").textContent = problem;
  item.setAttribute("role", "alert");
};

const answerOf = (request) => {
  try { return JSON.parse(request.responseText); } catch { return null; }
};

const next = () => {
  while (sendingNow < AT_ONCE && waitingFiles.length) send(waitingFiles.shift());
  if (sendingNow === 0 && resting === 0 && !waitingFiles.length && !tray && stored.length) {
    location.assign(`/upload?${stored.map((id) => `just=${encodeURIComponent(id)}`).join("&")}`);
  }
};

// Whether the file is sent once more after a while.
const rest = ({ file, item, tries = 1 }, request, detail) => {
  const seconds = Number(request.getResponseHeader("retry-after"));
  if (![429, 503].includes(request.status) || !seconds || tries >= TRIES) return false;
  if (item) item.querySelector(".say").textContent = `${detail} It is sent again by itself in ${seconds} s.`;
  resting += 1;
  setTimeout(() => {
    resting -= 1;
    waitingFiles.push({ file, item, tries: tries + 1 });
    next();
  }, seconds * 1000);
  return true;
};

const send = (waited) => {
  const { file, item } = waited;
  sendingNow += 1;
  sayHow();
  const form = new FormData();
  const person = document.body.dataset.patient ?? document.getElementById("for")?.value;
  if (person) form.append("patient_id", person);
  form.append("file", file, file.name);

  const request = new XMLHttpRequest();
  const began = performance.now();
  request.open("POST", "/api/v1/documents");
  request.setRequestHeader("accept", "application/json");
  request.setRequestHeader("x-csrf-token", document.querySelector("meta[name=csrf]").content);
  if (item) {
    const bar = item.querySelector("progress");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.max = event.total;
      bar.value = event.loaded;
      const left = ((performance.now() - began) / 1000) * (event.total / Math.max(event.loaded, 1) - 1);
      item.querySelector(".say").textContent =
        event.loaded < event.total && left > 2 ? `Sending, about ${Math.ceil(left)} s left.` : "Sending.";
    });
  }
  const over = () => { sendingNow -= 1; sent += 1; sayHow(); next(); };
  request.addEventListener("load", async () => {
    const answer = answerOf(request);
    const document_ = answer?.documents?.[0];
    if (document_?.id) {
      stored.push(document_.id);
      if (item) {
        item.dataset.live = `/documents/${document_.id}/tray`;
        item.dataset.events = `/api/v1/documents/${document_.id}/events`;
        const shown = await drawAgain(item).catch(() => item);
        if (shown.dataset.live) watch(shown);
      }
    } else {
      const problem = document_?.problem ?? answer;
      const detail = problem?.detail ?? problem?.title ?? "The server did not take the file.";
      if (rest(waited, request, detail)) { sendingNow -= 1; next(); return; }
      refuse(item, problem ? detail : `${detail} Try again in a minute.`);
    }
    over();
  });
  request.addEventListener("error", () => {
    refuse(item, "The connection broke before the file had arrived, so nothing was stored. Drop it here again.");
    over();
  });
  request.send(form);
};

const take = (files) => {
  for (const file of files) {
    known += 1;
    waitingFiles.push({ file, item: itemFor(file) });
  }
  next();
};

const chooser = document.getElementById("file");
if (chooser) {
  document.getElementById("send").hidden = true;
  chooser.classList.add("primary");
  chooser.addEventListener("change", () => { take([...chooser.files]); chooser.value = ""; });
}

const veil = document.getElementById("veil");
if (veil && document.body.dataset.upload !== undefined) {
  let depth = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const show = (on) => { veil.hidden = !on; };
  document.addEventListener("dragenter", (event) => { if (hasFiles(event)) { depth += 1; show(true); } });
  document.addEventListener("dragleave", (event) => { if (hasFiles(event)) { depth -= 1; show(depth > 0); } });
  document.addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    take([...event.dataTransfer.files]);
  });
}

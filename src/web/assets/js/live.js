// Whatever says [data-live] is drawn again by the server each time its document moves. Events say
// when; where they do not come through, asking every two seconds does the same.
const POLL_MS = 2000;
// A browser keeps six connections to a house over HTTP/1.1; two stay free for everything else.
const STREAMS = 4;
let streams = 0;

const drawAgain = async (element) => {
  const answer = await fetch(element.dataset.live, { headers: { accept: "text/html" } });
  // A redirect leads to the sign-in page, which is no row.
  if (!answer.ok || answer.redirected) return element;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  const next = holder.content.firstElementChild;
  if (!next) return element;
  const focused = element.contains(document.activeElement) && document.activeElement.getAttribute("href");
  element.replaceWith(next);
  if (focused) next.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  return next;
};

const settled = (element) => {
  document.dispatchEvent(new CustomEvent("settled", { detail: element }));
};

const watch = (element) => {
  let drawing = Promise.resolve();
  let closed = false;
  let source = null;
  let timer = null;
  const stop = () => {
    closed = true;
    clearTimeout(timer);
    if (source) { source.close(); source = null; streams -= 1; }
  };
  const look = () => {
    drawing = drawing.then(async () => {
      if (closed || !element.isConnected) return stop();
      element = await drawAgain(element).catch(() => element);
      if (!element.dataset.live) { stop(); settled(element); }
    });
    return drawing;
  };
  const poll = () => { if (!closed) timer = setTimeout(() => look().then(poll), POLL_MS); };

  if (!window.EventSource || streams >= STREAMS) return poll();
  streams += 1;
  source = new EventSource(element.dataset.events);
  for (const name of ["received", "stored", "reading", "done"]) source.addEventListener(name, look);
  source.addEventListener("error", () => {
    if (closed || source?.readyState !== EventSource.CLOSED) return;
    source = null; streams -= 1;
    poll();
  });
};

for (const element of document.querySelectorAll("[data-live]")) watch(element);

// A summary shows new values as soon as the last of its documents has been read. Nothing moves
// under a reader whose focus is in the page: then a sentence offers it.
document.addEventListener("settled", async (event) => {
  if (event.detail.dataset.then === "reload") return location.reload();
  const pending = document.getElementById("pending");
  if (!pending || pending.querySelector("[data-live]")) return;
  const main = document.getElementById("main");
  if (main.contains(document.activeElement) && document.activeElement !== main) {
    document.getElementById("news").hidden = false;
    return;
  }
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  main.replaceChildren(...page.getElementById("main").childNodes);
  for (const element of main.querySelectorAll("[data-live]")) watch(element);
});

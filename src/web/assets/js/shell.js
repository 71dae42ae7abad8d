// Theme, keys and the list of keys: the behaviour that every page shares.
const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* forbidden */ } };
const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

const root = document.documentElement;
for (const button of document.querySelectorAll("[data-do=theme]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remember("theme", root.dataset.theme);
  });
}

// The menu closes as menus do; without script it closes by its own button.
const menu = document.querySelector(".menu");
if (menu) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("focusout", ({ relatedTarget }) => { if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

const keyList = document.getElementById("keys");
const singleKeys = document.getElementById("single-keys");
if (singleKeys) {
  singleKeys.checked = remembered("single-keys") !== "off";
  singleKeys.addEventListener("change", () => remember("single-keys", singleKeys.checked ? "on" : "off"));
}

const rowLinks = () => [...document.querySelectorAll("[data-rows] .open")];
const step = (by) => {
  const rows = rowLinks();
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, at + by))].focus();
};

// Only what the frame leads to: the rest is not for this person.
const places = { i: "/inbox", p: "/patients", d: "/documents", u: "/upload" };
const go = (address) => { if (document.querySelector(`.top a[href="${address}"]`)) location.assign(address); };
let afterG = false;
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (singleKeys && !singleKeys.checked && event.key !== "?") return;
  const wasG = afterG;
  afterG = event.key === "g";
  if (wasG && places[event.key]) go(places[event.key]);
  else if (event.key === "u") go("/upload");
  else if (event.key === "?") keyList?.showModal();
  else if (event.key === "/" && document.getElementById("find")) {
    event.preventDefault();
    document.getElementById("find").focus();
  } else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

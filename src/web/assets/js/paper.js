// One selection, two views of it: the row on the right and the box on the page.
const valueRows = [...document.querySelectorAll("tr[data-value]")];
if (valueRows.length) {
  const boxOf = (row) => document.getElementById(`box-${row.dataset.value}`);
  const linesOf = (row) => document.getElementById(`line-${row.dataset.value}`);
  const at = () => valueRows.findIndex((row) => row.classList.contains("at"));

  const select = (row, focus) => {
    if (!row) return;
    for (const other of valueRows) {
      const chosen = other === row;
      other.classList.toggle("at", chosen);
      const link = other.querySelector("a");
      if (chosen) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
      boxOf(other)?.classList.toggle("at", chosen);
      const line = linesOf(other);
      if (line) line.hidden = !chosen;
    }
    // The page scrolls in its own pane, so that the list stays where the reader looks.
    boxOf(row)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    row.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", row.querySelector("a").getAttribute("href"));
    if (focus) row.querySelector("a").focus({ preventScroll: true });
  };

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select, dialog")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (singleKeys && !singleKeys.checked) return;
    if (event.key === "j") select(valueRows[Math.min(at() + 1, valueRows.length - 1)], true);
    if (event.key === "k") select(valueRows[Math.max(at() - 1, 0)], true);
    if (event.key === "l") select([...valueRows.slice(at() + 1), ...valueRows].find((row) => "waits" in row.dataset), true);
  });

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const box = event.target.closest(".sheet a");
    const link = event.target.closest("tr[data-value] th a");
    const row = box ? document.getElementById(box.id.replace("box-", "v-")) : link?.closest("tr");
    if (!row) return;
    event.preventDefault();
    select(row, true);
  });

  const chosen = document.querySelector("tr[data-value].at");
  if (chosen) {
    boxOf(chosen)?.scrollIntoView({ block: "center", inline: "nearest" });
    chosen.scrollIntoView({ block: "nearest" });
  }
}

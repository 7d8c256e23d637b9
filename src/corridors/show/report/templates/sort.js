// A press on a heading sorts its table by that column; without this script the tables stand as they are.
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  const value = (row, at) => {
    const cell = row.cells[at];
    if (!heads[at].classList.contains("number")) return cell.textContent;
    return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
  };
  const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b));
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const number = head.classList.contains("number");
      const last = head.getAttribute("aria-sort");
      const down = last ? last === "ascending" : number;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => [value(row, at), row]);
      // What is not known stands last, whichever way.
      rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : order(a, b) * (down ? -1 : 1)));
      body.append(...rows.map(([, row]) => row));
    });
  });
}

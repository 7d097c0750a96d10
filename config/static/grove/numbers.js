// Columns of numbers are marked, so that they stand below each other: every cell is a number with its sign, or empty.
window.addEventListener("load", () => {
  const number = /^[-−+]?\s*[^\d\s,.:/-]{0,4}\s?[-−+]?\d[\d,]*(\.\d+)?\s?%?$/;
  for (const table of document.querySelectorAll("#content table, #main table")) {
    const head = table.tHead?.rows[table.tHead.rows.length - 1];
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.cells.length === head?.cells.length);
    for (const [place, title] of [...(head?.cells ?? [])].entries()) {
      const texts = rows.map((row) => row.cells[place].textContent.trim());
      if (!texts.some((text) => number.test(text)) || !texts.every((text) => number.test(text) || ["", "-", "—"].includes(text))) continue;
      for (const cell of [title, ...rows.map((row) => row.cells[place])]) cell.classList.add("number");
    }
  }
});

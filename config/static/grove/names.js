// Fields that have a name only for who sees them get it for who does not: those of a table that of their column, and what
// Select2 puts in the place of a select that of the select.
window.addEventListener("load", () => {
  const nameAll = () => {
    for (const field of document.querySelectorAll("td input:not([type=hidden]), td select, td textarea")) {
      const column = field.closest("table").rows[0]?.cells[field.closest("td").cellIndex]?.textContent.trim();
      if (column && !field.labels?.length && !field.getAttribute("aria-label")) field.setAttribute("aria-label", column);
    }
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const name = select.getAttribute("aria-label") || select.labels?.[0]?.textContent.trim() || select.title || select.name;
      for (const part of select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]") ?? []) {
        part.removeAttribute("aria-labelledby");
        part.setAttribute("aria-label", name);
      }
    }
  };
  nameAll();
  window.django?.jQuery?.(() => setTimeout(nameAll)); // which may begin Select2 later than this event
  document.addEventListener("formset:added", () => setTimeout(nameAll));
});

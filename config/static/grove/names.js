// Select2 puts a field in the place of a select and gives it no name: it gets that of the select, for who cannot see it.
window.addEventListener("load", () => {
  const name = () => {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const said = select.getAttribute("aria-label") || select.labels?.[0]?.textContent.trim() || select.title || select.name;
      const box = select.nextElementSibling;
      for (const part of box?.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]") ?? []) {
        part.removeAttribute("aria-labelledby");
        part.setAttribute("aria-label", said);
      }
    }
  };
  name();
  document.addEventListener("formset:added", () => setTimeout(name));
});

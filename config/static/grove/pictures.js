// Pictures that were chosen are shown before they are sent, with their names and sizes. What the browser cannot draw (HEIC in
// most of them) has its name alone.
window.addEventListener("load", () => {
  for (const input of document.querySelectorAll("input[type=file][data-pictures]")) {
    const list = document.getElementById(input.dataset.pictures);
    input.addEventListener("change", () => {
      for (const picture of list.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
      list.replaceChildren(...[...input.files].map((file) => {
        const line = document.createElement("li");
        const picture = document.createElement("img");
        const name = document.createElement("span");
        Object.assign(picture, { alt: "", src: URL.createObjectURL(file) });
        picture.style.cssText = "height: 6rem; max-width: 10rem; object-fit: contain; border-radius: .25rem";
        picture.addEventListener("error", () => picture.remove());
        name.textContent = `${file.name} · ${(file.size / 1048576).toFixed(1)} MiB`;
        name.style.cssText = "display: block; font-size: .75rem; max-width: 10rem; overflow-wrap: anywhere";
        line.append(picture, name);
        return line;
      }));
    });
  }
});

// In the place of Unfold's: loads the library of charts only where a page has one, before the event `load` that draws them.
(script => document.addEventListener("DOMContentLoaded", () => {
  if (document.querySelector("canvas.chart")) {
    const library = document.createElement("script");
    library.src = new URL("../../../charts/chart.js", script);
    document.head.append(library);
  }
}))(document.currentScript.src);

// What a post looks like and how long it is on each channel, while its texts are written. The server counts again.
(() => {
  const panel = document.getElementById("posts");
  if (!panel) return;
  const {limits, longest, names, mark} = JSON.parse(document.getElementById("posts-of-channels").textContent);
  const segmenter = new Intl.Segmenter("zh", {granularity: "grapheme"});
  const characters = text => [...segmenter.segment(text)].map(part => part.segment);
  const length = {
    characters: text => characters(text).length,
    bytes: text => new TextEncoder().encode(text).length,
    width: text => Math.ceil(characters(text).reduce((sum, one) => sum + (one.length === 1 && one.charCodeAt(0) < 128 ? 1 : 2), 0) / 2),
  };
  const rendered = text => text.replace(/\{\{|\}\}|\{\s*([a-z]+)(?:\|([^{}]*))?\s*\}/g, (whole, name) =>
    whole === "{{" ? "{" : whole === "}}" ? "}" : name in longest ? longest[name] : whole);
  const valueOf = (row, field) => row.querySelector(`[name$="-${field}"]`)?.value ?? "";
  const rowsOf = prefix => [...document.querySelectorAll(`[name^="${prefix}-"][name$="-channel"]`)]
    .filter(field => !field.name.includes("__prefix__"))
    .map(field => field.closest("tr, .inline-related, tbody"))
    .filter(row => row && !row.querySelector('[name$="-DELETE"]')?.checked);

  // Of alternatives a post says one: the first is shown, the longest is counted.
  const oneOfEach = (texts, better) => {
    const chosen = new Map();
    for (const text of texts.filter(one => one.variant)) {
      const before = chosen.get(text.kind);
      if (!before || better(text, before)) chosen.set(text.kind, text);
    }
    return texts.filter(text => !text.variant || chosen.get(text.kind) === text);
  };
  const postFor = channel => {
    const texts = rowsOf("sections").map(row => ({kind: valueOf(row, "kind"), channel: valueOf(row, "channel"), text: valueOf(row, "text"), variant: valueOf(row, "variant")}));
    const special = new Set(texts.filter(text => text.channel === channel && text.text).map(text => text.kind));
    const said = texts.filter(text => text.text && text.channel === (special.has(text.kind) ? channel : "any"));
    const heads = rowsOf("headings").map(row => ({channel: valueOf(row, "channel"), title: valueOf(row, "title"), tags: valueOf(row, "tags")}));
    const head = heads.find(one => one.channel === channel) ?? heads.find(one => one.channel === "any") ?? {title: "", tags: ""};
    const tags = head.tags.split(",").map(tag => tag.trim()).filter(Boolean).map(tag => ` #${tag}`).join("");
    const joined = texts => [...texts.map(text => rendered(text.text)), `${mark} ${longest.link}`].join("\n");
    const size = text => length[limits[channel].text.counted](`${rendered(text.text)}\n`.repeat(2));
    const fullest = oneOfEach(said, (text, before) => size(text) > size(before));
    return {title: rendered(head.title), tags, text: joined(oneOfEach(said, () => false)), fullest: joined(fullest)};
  };
  const counted = (text, limit) => {
    const count = length[limit.counted](text);
    const wrong = count > limit.most || count < (limit.least ?? 0) || (limit.most_bytes && length.bytes(text) > limit.most_bytes);
    return Object.assign(document.createElement("span"), {
      textContent: ` ${count.toLocaleString("en")} / ${limit.most.toLocaleString("en")}`, className: wrong ? "text-red-600 dark:text-red-500" : "",
    });
  };
  const line = (name, text, ...more) => {
    const made = Object.assign(document.createElement("p"), {className: name, textContent: text});
    made.append(...more);
    return made;
  };
  const card = channel => {
    const made = Object.assign(document.createElement("div"), {className: "post"});
    const {title, tags, text, fullest} = postFor(channel);
    const limit = limits[channel];
    made.append(line("post-channel", names[channel], counted(limit.text.with_tags ? fullest + tags : fullest, limit.text)));
    if (title && limit.title) made.append(line("post-title", title, counted(title, limit.title)));
    made.append(line("post-text", text));
    if (tags) made.append(line("", tags));
    return made;
  };
  const show = () => {
    const chosen = [...document.querySelectorAll('input[name="channels"]:checked')].map(box => box.value);
    panel.replaceChildren(...(chosen.length ? chosen : Object.keys(limits)).filter(channel => channel in limits).map(card));
  };
  let waiting = 0;
  document.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 150); });
  show();
})();

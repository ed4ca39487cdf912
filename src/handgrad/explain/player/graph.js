// The graph: what of it is there, what happens in it, and what is marked.

const groups = [...document.querySelectorAll("#graph g[data-tensor]")].map((element) => ({
  element,
  name: element.dataset.tensor,
  index: element.dataset.index === undefined ? null : element.dataset.index.split(",").filter(Boolean).map(Number),
}));

const marks = [...document.querySelectorAll("#graph [class]")].filter((element) => element.closest("g")).map((element) => ({
  element,
  since: Number(element.dataset.since ?? 0),
  until: element.dataset.until === undefined ? Infinity : Number(element.dataset.until),
  active: new Set((element.dataset.active ?? "").split(",").filter(Boolean).map(Number)),
}));

function markSources(name, index, sources) {
  const wanted = new Set(sources.map((source) => `${source.name}/${source.index}`));
  const names = new Set(sources.map((source) => source.name));
  for (const group of groups) {
    const key = `${group.name}/${group.index}`;
    const isWhole = group.index === null && group.element.querySelector("image, rect.variable");
    const isSource = isWhole ? names.has(group.name) : wanted.has(key);
    group.element.classList.toggle("source", isSource);
    group.element.classList.toggle("shown", key === `${name}/${index}`);
  }
}

function drawFrame() {
  for (const { element, since, until, active } of marks) {
    element.classList.toggle("later", state.frame < since || state.frame >= until);
    element.classList.toggle("active", active.has(state.frame));
  }
  for (const { element, name, index } of groups) {
    if (!element.hasAttribute("tabindex")) continue;
    const texts = [...element.querySelectorAll("text:not(.later)")].map((text) => text.textContent).filter((text) => text !== "");
    element.setAttribute("aria-label", index ? `${spoken(name, index)}: ${texts.join(" ")}` : [spoken(name, null), ...texts].join(" "));
  }
}

function drawSample() {
  for (const group of groups) {
    if (group.index === null || !record.tensors[group.name].batched) continue;
    group.index[0] = state.sample;
    group.element.dataset.index = group.index.join(",");
    for (const text of group.element.querySelectorAll("text.value, text.given, text.gradient")) {
      const value = numberAt(group.name, group.index);
      text.textContent = value === undefined ? "…" : inPicture(group.name, value);
    }
  }
}

function scrollToAction() {
  const box = at("graph");
  if (box.scrollWidth <= box.clientWidth) return;
  const places = [...box.querySelectorAll(".active:not(.later)")].map((element) => element.getBoundingClientRect());
  if (!places.length) return;
  const left = Math.min(...places.map((place) => place.left)) - box.getBoundingClientRect().left;
  const right = Math.max(...places.map((place) => place.right)) - box.getBoundingClientRect().left;
  if (left >= 0 && right <= box.clientWidth) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  box.scrollBy({ left: (left + right - box.clientWidth) / 2, behavior: calm ? "auto" : "smooth" });
}

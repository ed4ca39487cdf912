// The language, the keys, and the beginning.

function setLanguage(language) {
  state.language = language;
  document.documentElement.lang = language;
  document.title = at("title").textContent = record.title[language];
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word, element.dataset.text ?? "");
  }
  const named = { graph: "graph", controls: "controls", first: "first", previous: "previous", next: "next", last: "last", position: "position" };
  for (const [id, key] of Object.entries(named)) {
    at(id).setAttribute("aria-label", word(key));
    if (at(id).tagName === "BUTTON") at(id).title = word(key);
  }
  for (const button of at("languages").children) button.setAttribute("aria-pressed", String(button.lang === language));
  at("of-batch").textContent = word("of_batch", String(record.batch));
  const remarks = record.remarks.map((remark) => html("p", {}, remark[language]));
  at("remarks").replaceChildren(...(remarks.length ? [html("h3", {}, word("remarks")), ...remarks] : []));
  at("updates-body").replaceChildren(...record.updates.map(updateTable));
  drawPlaying();
  drawFrame();
  drawTexts();
  if (state.shown) show(state.shown.name, state.shown.index);
}

function choose(element) {
  const index = element.dataset.index;
  pause();
  show(element.dataset.tensor, index === undefined ? null : index.split(",").filter(Boolean).map(Number));
}

function onKey(event) {
  const target = event.target;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const group = target.closest?.("[data-tensor][role=button]");
  if (group && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    choose(group);
    return;
  }
  if (target.closest?.("select, input[type=number]") || (event.key === " " && target.closest?.("button, summary"))) return;
  const actions = {
    " ": () => (state.timer === null ? play() : pause()),
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    Home: () => step(-Infinity),
    End: () => step(Infinity),
  };
  if (!(event.key in actions)) return;
  event.preventDefault();
  actions[event.key]();
}

function phaseBar() {
  const counts = {};
  for (const { phase } of record.frames.slice(1)) counts[phase] = (counts[phase] ?? 0) + 1;
  return Object.entries(counts).map(([phase, count]) => {
    const part = html("span", { className: phase });
    part.style.flexGrow = count;
    return part;
  });
}

/** Tell the style how wide the graph is: it may shrink a little before it scrolls. */
function fitGraph() {
  const picture = at("graph").firstElementChild;
  picture.style.setProperty("--natural", picture.viewBox.baseVal.width);
}

function start() {
  fitGraph();
  at("position").max = record.frames.length - 1;
  at("phases").replaceChildren(...phaseBar());
  at("speed").replaceChildren(...Object.keys(SPEEDS).map((name) => html("option", { value: name, selected: name === "1×" }, name)));
  for (const [language, name] of Object.entries(record.words.language)) {
    at("languages").append(html("button", { type: "button", lang: language, onclick: () => setLanguage(language) }, name));
  }
  at("legend-update").hidden = !record.updates.length;
  at("samples").hidden = record.batch === null;
  at("sample").max = record.batch ?? 1;
  at("sample").addEventListener("change", () => {
    state.sample = Math.min(record.batch, Math.max(1, Math.round(at("sample").valueAsNumber) || 1)) - 1;
    at("sample").value = state.sample + 1;
    drawSample();
    go(state.frame);
  });
  const actions = { first: -Infinity, previous: -1, next: 1, last: Infinity };
  for (const [id, by] of Object.entries(actions)) at(id).addEventListener("click", () => step(by));
  at("play").addEventListener("click", () => (state.timer === null ? play() : pause()));
  at("position").addEventListener("input", () => {
    pause();
    go(at("position").valueAsNumber);
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("[data-tensor]:not(#panel-title)");
    if (element) choose(element);
  });
  setLanguage(state.language);
  go(0);
}

start();

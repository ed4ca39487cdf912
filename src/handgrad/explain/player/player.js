"use strict";
// The player: reads the record in the page, and shows one frame of it. Texts and names are set as text, never as markup.

const record = JSON.parse(document.getElementById("record").textContent);
const state = { frame: 0, language: record.language, sample: 0, shown: null, timer: null };

const SPEEDS = { "0.5×": 3000, "1×": 1500, "2×": 750, "4×": 375 };
const CELLS = 72; // up to how many numbers of a tensor stand in a table
const TERMS = 8; // up to how many terms of a sum are written out
const SOURCES = 16; // up to how many sources are listed
const ROWS = 24; // up to how many numbers of a parameter are listed in its update

// --- The page ---------------------------------------------------------------------------------------------------------

const at = (id) => document.getElementById(id);

function html(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function word(key, text = "") {
  return record.words[key][state.language].replace("{}", () => text);
}

// --- Numbers ----------------------------------------------------------------------------------------------------------

function decode(tensor) {
  if (tensor.data === undefined || tensor.numbers) return tensor.numbers;
  const bytes = Uint8Array.from(atob(tensor.data), (character) => character.charCodeAt(0));
  tensor.numbers = tensor.single ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
  return tensor.numbers;
}

function numberAt(name, index) {
  const tensor = record.tensors[name];
  const numbers = tensor && decode(tensor);
  return numbers && numbers[tensor.shape.reduce((place, size, axis) => place * size + index[axis], 0)];
}

/** A number rounded to significant digits; _numbers.py does the same. */
function short(value, digits) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const bare = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e").map((part, place) => (place ? Number(part) : part));
  const fixed = exponent >= -3 && exponent < 6;
  const text = fixed ? bare(value.toFixed(Math.max(0, digits - 1 - exponent))) : `${bare(mantissa)}e${exponent}`;
  return text === "-0" ? "0" : text.replaceAll("-", "−");
}

function exactly(value) {
  return Object.is(value, -0) ? "0" : String(value).replaceAll("-", "−").replace("Infinity", "∞").replace("e+", "e");
}

function inPicture(name, value) {
  const isClass = record.tensors[name].integer && name === "t" && value in record.classes;
  if (!isClass) return short(value, 3);
  const label = record.classes[value].trim().split(/\s+/).join(" ");
  return [...label].length > 18 ? `${[...label].slice(0, 17).join("")}…` : label;
}

function fullIndex(name, entry) {
  const tensor = record.tensors[name];
  const places = entry ?? tensor.shape.slice(tensor.batched ? 1 : 0).map(() => 0);
  return tensor.batched ? [state.sample, ...places] : places;
}

const spoken = (name, index) => {
  const bare = name.replace(/ after$/, "");
  const placed = index && index.length ? `${bare} [${index.map((place) => place + 1).join(", ")}]` : bare;
  return bare === name ? placed : word("after_name", placed);
};

// --- Formulas as MathML: one walk over the tree -----------------------------------------------------------------------

function math(tag, ...children) {
  const element = document.createElementNS("http://www.w3.org/1998/Math/MathML", tag);
  element.append(...children);
  return element;
}

const row = (...children) => math("mrow", ...children);
const operator = (text) => math("mo", text);
const fenced = (inner) => row(operator("("), inner, operator(")"));

function variable(name) {
  const [, letter, number, primes] = /^(.*?)(\d*)(′*)$/.exec(name);
  const word = /^[^\s()]{1,2}$/.test(letter) ? math("mi", letter + primes) : math("mtext", letter + primes);
  return number ? math("msub", word, math("mn", number)) : word;
}

/** A name of the record: ∂L/∂W1 as a fraction, W1 after the update as W1. */
function named(name) {
  const parts = /^d(.+)\/d(.+)$/.exec(name);
  if (!parts) return variable(name.replace(/ after$/, ""));
  return math("mfrac", row(operator("∂"), variable(parts[1])), row(operator("∂"), variable(parts[2])));
}

/** A name with its index, letters or places counted from 1: (W1)_ij, and for a gradient ∂L/∂(W1)_ij. */
function indexed(name, index) {
  if (!index.length) return named(name);
  const gradient = /^d([Lℓ])\/d(.+)$/.exec(name);
  if (gradient) return math("mfrac", row(operator("∂"), variable(gradient[1])), row(operator("∂"), indexed(gradient[2], index)));
  const bare = name.replace(/ after$/, "");
  const base = /^.$/.test(bare) ? named(bare) : fenced(named(bare));
  const parts = index.map((part) => (typeof part === "number" ? math("mn", String(part + 1)) : math("mi", part)));
  const apart = index.some((part) => typeof part === "number") && index.length > 1;
  return math("msub", base, row(...parts.flatMap((part, place) => (place && apart ? [operator(","), part] : [part]))));
}

/** A number that stands in a formula; with a tensor it can be clicked, and its source is remembered. */
function leaf(value, name, index, context) {
  const digits = short(value, 4);
  const negative = digits.startsWith("−");
  const scientific = /^(.*)e(.*)$/.exec(digits);
  const plain = (text) => (text === "NaN" || text === "∞" ? math("mi", text) : math("mn", text));
  const bare = scientific ? scientific[1] : digits;
  let element = negative ? row(operator("−"), plain(bare.slice(1))) : plain(bare);
  if (scientific) element = row(element, operator("·"), math("msup", math("mn", "10"), math("mn", scientific[2])));
  if (name) {
    element = row(element);
    element.setAttribute("class", `number ${record.tensors[name].role}`);
    element.setAttribute("data-tensor", name);
    element.setAttribute("data-index", index.join(","));
    element.setAttribute("data-value", String(value));
    context.sources.push({ name, index, value });
  }
  return { element, level: negative ? 1 : scientific ? 2 : 9 };
}

/** What is around a formula: which numbers its letters stand for, and which sources it has; without bindings, letters. */
function symbol([, name, letters], context) {
  const { bound } = context;
  if (bound && name in record.constants) return leaf(record.constants[name], "", [], context);
  const index = [...letters].map((letter) => (bound ? bound[letter] : letter));
  if (!bound || !(name in record.tensors)) return { element: indexed(name, index), level: 9 };
  return leaf(numberAt(name, index), name, index, context);
}

function atLeast(level, { element, level: own }) {
  return own < level ? fenced(element) : element;
}

function joined(sign, terms, level) {
  const parts = terms.map((term, place) => (place ? [operator(sign), atLeast(level + 1, term)] : [atLeast(level, term)]));
  return { element: row(...parts.flat()), level };
}

/** How far the letter of a sum runs: the size of the dimension that it counts. */
function sizeOf(letter, tree) {
  if (tree[0] === "symbol") {
    const axis = tree[2].indexOf(letter);
    const tensor = record.tensors[tree[1]];
    return axis < 0 || !tensor ? 0 : tensor.shape[axis];
  }
  return tree[0] === "number" ? 0 : Math.max(0, ...tree.slice(1).map((part) => sizeOf(letter, part)));
}

function total([, [, letter], body], context) {
  if (!context.bound) {
    const sign = math("munder", operator("∑"), math("mi", letter));
    return { element: row(sign, atLeast(2, formula(body, context))), level: 1 };
  }
  const size = sizeOf(letter, body);
  const term = (place) => formula(body, { ...context, bound: { ...context.bound, [letter]: place } });
  if (size === 1) return term(0);
  if (size <= TERMS) return joined("+", Array.from({ length: size }, (_, place) => term(place)), 1);
  const shown = [term(0), term(1), { element: operator("…"), level: 9 }, term(size - 1)];
  return { element: row(joined("+", shown, 1).element, math("mtext", `\u2002(${word("terms", size)})`)), level: 1 };
}

function same([, a, b], context) {
  if (!context.bound) return { element: row(operator("["), math("mi", a[1]), operator("="), math("mi", b[1]), operator("]")), level: 9 };
  return leaf(Number(context.bound[a[1]] === context.bound[b[1]]), "", [], context);
}

function called(name, inner) {
  return { element: row(math("mi", name), operator("\u2061"), fenced(inner)), level: 9 };
}

/** The walk: a tree of the record as MathML, with how tightly it binds. */
function formula(tree, context) {
  const [head, ...parts] = tree;
  if (head === "symbol") return symbol(tree, context);
  if (head === "number") return leaf(parts[0], "", [], context);
  if (head === "sum") return total(tree, context);
  if (head === "same") return same(tree, context);
  const terms = parts.map((part) => formula(part, context));
  const [a, b] = terms;
  switch (head) {
    case "add": return joined("+", terms, 1);
    case "subtract": return joined("−", terms, 1);
    case "multiply": return joined("·", terms, 2);
    case "matmul": return { element: row(atLeast(2, a), operator("\u2062"), atLeast(3, b)), level: 2 };
    case "divide": return { element: math("mfrac", a.element, b.element), level: 8 };
    case "power": return { element: math("msup", atLeast(9, a), b.element), level: 8 };
    case "transpose": return { element: math("msup", parts[0][0] === "symbol" && !parts[0][1].includes("/") ? a.element : fenced(a.element), math("mi", "T")), level: 9 };
    case "negative": return { element: row(operator("−"), atLeast(2, a)), level: 1 };
    case "exp": return { element: math("msup", math("mi", "e"), a.element), level: 8 };
    case "log": return called("ln", a.element);
    case "max": return called("max", row(a.element, operator(","), b.element));
    case "positive": return { element: row(operator("["), a.element, operator(">"), math("mn", "0"), operator("]")), level: 9 };
    default: return called(head, a.element);
  }
}

/** A formula in display style; several of them stand in a line, or below each other where it is narrow. */
function mathBlock(...children) {
  const element = math("math", ...children);
  element.setAttribute("displaystyle", "true");
  return element;
}

// --- The panel: one number, or all of a tensor ------------------------------------------------------------------------

function equals(name) {
  return operator(record.tensors[name].role === "update" ? "←" : "=");
}

function line(key, ...blocks) {
  return html("div", { className: "line" }, html("h3", {}, word(key)), html("div", { className: "scroll" }, ...blocks));
}

function chainLine(name, chain) {
  const parts = chain.flatMap((factor, place) => (place ? [operator("·"), named(factor)] : [named(factor)]));
  return line("chain", mathBlock(named(name), operator("="), ...parts));
}

function equationLine(key, { left, right }) {
  const context = { bound: null, sources: [] };
  return line(key, mathBlock(indexed(left[1], [...left[2]]), equals(left[1]), formula(right, context).element));
}

/** The formula with the numbers of one entry put in, and where they come from. */
function workedLine(name, index) {
  const { entry } = record.tensors[name];
  const bound = Object.fromEntries([...entry.left[2]].map((letter, place) => [letter, index[place]]));
  const context = { bound, sources: [] };
  const numbers = formula(entry.right, context).element;
  const value = leaf(numberAt(name, index), name, index, { sources: [] }).element;
  value.setAttribute("class", `${value.getAttribute("class")} result`);
  const blocks = [mathBlock(indexed(name, index), equals(name), numbers), mathBlock(operator("="), value)];
  return { line: line("numbers", ...blocks), sources: context.sources };
}

/** Whether the page holds all the numbers of a formula. */
function isKept(tree) {
  if (tree[0] === "symbol") return tree[1] in record.constants || !(tree[1] in record.tensors) || Boolean(decode(record.tensors[tree[1]]));
  return tree[0] === "number" || tree.slice(1).every((part) => isKept(part));
}

function sourceList(sources) {
  const seen = new Map(sources.map((source) => [`${source.name}/${source.index}`, source]));
  const items = [...seen.values()].slice(0, SOURCES).map(({ name, index, value }) => {
    const button = numberButton(name, index, `${spoken(name, index)} = ${short(value, 4)}`);
    return html("li", {}, button);
  });
  if (seen.size > SOURCES) items.push(html("li", {}, word("more", seen.size - SOURCES)));
  return html("div", { className: "line" }, html("h3", {}, word("sources")), html("ul", { className: "sources" }, ...items));
}

function numberButton(name, index, text) {
  const button = html("button", { type: "button", className: `number ${record.tensors[name].role}` }, text);
  button.dataset.tensor = name;
  button.dataset.index = index.join(",");
  button.dataset.value = String(numberAt(name, index));
  return button;
}

/** Show how a number comes about; without an index, its first entry in the sample on view. */
function show(name, index, follow = false) {
  const tensor = record.tensors[name];
  const place = index ?? fullIndex(name, null);
  state.shown = { name, index, follow };
  const value = numberAt(name, place);
  const body = [html("p", { className: "role" }, `${word(`role_${tensor.role}`)} · ${word("shape", tensor.shape.join(" × ") || "1")}`)];
  let sources = [];
  if (tensor.chain.length > 1) body.push(chainLine(name, tensor.chain));
  if (tensor.entry) {
    if (tensor.whole) body.push(equationLine("whole", tensor.whole));
    body.push(equationLine("entry", tensor.entry));
    if (tensor.worked && value !== undefined && isKept(tensor.entry.right)) {
      const worked = workedLine(name, place);
      sources = worked.sources;
      body.push(worked.line);
    } else if (!tensor.worked) body.push(html("p", { className: "hint" }, word("letters_only")));
  }
  if (value !== undefined) body.push(html("p", { className: "exact", id: "exact" }, `${spoken(name, place)}: ${word("exact")} ${exactly(value)}`));
  if (sources.length) body.push(sourceList(sources));
  body.push(everything(name, place));
  at("panel-title").replaceChildren(math("math", indexed(name, place)));
  at("panel-title").dataset.tensor = name;
  at("panel-title").dataset.index = place.join(",");
  at("panel-body").replaceChildren(...body);
  markSources(name, index === null ? null : place, sources);
}

function everything(name, place) {
  const tensor = record.tensors[name];
  const summary = `${word("minimum", tensor.minimum)} · ${word("median", tensor.median)} · ${word("maximum", tensor.maximum)}`;
  const lost = Number(tensor.not_finite) ? ` · ${word("not_finite", tensor.not_finite)}` : "";
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  const parts = size > 1 ? [html("p", { className: "summary" }, summary + lost)] : [];
  if (!decode(tensor)) parts.push(html("p", { className: "hint" }, word("too_many", String(size))));
  else if (size > 1) parts.push(size <= CELLS && tensor.shape.length < 3 ? table(name, place) : heatMap(name, place));
  return html("details", { className: "line", open: size > 1 }, html("summary", {}, word("all")), ...parts);
}

/** The rows and columns of a tensor: a vector stands in one row, of more dimensions the first are rows. */
function grid({ shape }) {
  const columns = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const index = (r, c) => {
    const places = [c];
    for (let axis = shape.length - 2, rest = r; axis >= 0; axis -= 1) {
      places.unshift(rest % shape[axis]);
      rest = Math.floor(rest / shape[axis]);
    }
    return places;
  };
  return { rows, columns, index };
}

function table(name, place) {
  const { rows, columns, index } = grid(record.tensors[name]);
  const cell = (r, c) => {
    const button = numberButton(name, index(r, c), short(numberAt(name, index(r, c)), 4));
    button.setAttribute("aria-label", `${spoken(name, index(r, c))} = ${button.textContent}`);
    if (String(index(r, c)) === String(place)) button.setAttribute("aria-current", "true");
    return html("td", {}, button);
  };
  const line = (r) => html("tr", {}, ...Array.from({ length: columns }, (_, c) => cell(r, c)));
  return html("div", { className: "scroll" }, html("table", {}, ...Array.from({ length: rows }, (_, r) => line(r))));
}

function paint(canvas, numbers) {
  const half = (record.scale.length - 1) / 2;
  const largest = numbers.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0) || 1;
  const pixels = new ImageData(canvas.width, canvas.height);
  numbers.forEach((value, place) => {
    const color = Number.isFinite(value) ? record.scale[half + Math.round((half * value) / largest)] : record.not_finite;
    pixels.data.set([...color, 255], 4 * place);
  });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

function heatMap(name, place) {
  const tensor = record.tensors[name];
  const { rows, columns, index } = grid(tensor);
  const canvas = html("canvas", { width: columns, height: rows, className: "heat", role: "img", "aria-label": `${word("heat_map")} ${spoken(name, null)}` });
  paint(canvas, decode(tensor));
  canvas.style.aspectRatio = `${columns} / ${Math.max(rows, columns / 12)}`;
  canvas.addEventListener("click", (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const within = (part, size) => Math.min(size - 1, Math.max(0, Math.floor(part * size)));
    show(name, index(within((event.clientY - top) / height, rows), within((event.clientX - left) / width, columns)));
  });
  const flat = place.slice(0, -1).reduce((sum, part, axis) => sum * tensor.shape[axis] + part, 0);
  const choose = () => show(name, index(r.valueAsNumber - 1 || 0, c.valueAsNumber - 1 || 0));
  const field = (key, value, most) => {
    const input = html("input", { type: "number", min: 1, max: most, value: value + 1 });
    input.addEventListener("change", () => {
      input.value = Math.min(most, Math.max(1, Math.round(input.valueAsNumber) || 1));
      choose();
    });
    return input;
  };
  const r = field("row", flat, rows);
  const c = field("column", place.at(-1), columns);
  const fields = [...(rows > 1 ? [html("label", {}, word("row"), " ", r)] : []), html("label", {}, word("column"), " ", c)];
  return html("div", {}, html("p", { className: "hint" }, word("heat_map")), canvas, html("div", { className: "fields" }, ...fields));
}

// --- The graph --------------------------------------------------------------------------------------------------------

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

// --- Frames -----------------------------------------------------------------------------------------------------------

function go(frame) {
  state.frame = Math.min(record.frames.length - 1, Math.max(0, frame));
  const { tensor, entry } = record.frames[state.frame];
  drawFrame();
  drawTexts();
  show(tensor, state.frame ? fullIndex(tensor, entry) : null, true);
  scrollToAction();
  if (state.frame === record.frames.length - 1) pause();
}

function drawTexts() {
  const frame = record.frames[state.frame];
  const value = frame.entry && state.frame ? numberAt(frame.tensor, fullIndex(frame.tensor, frame.entry)) : undefined;
  at("now").textContent = frame.title[state.language] + (value === undefined ? "" : ` = ${short(value, 4)}`);
  at("now").className = frame.phase;
  at("position").value = state.frame;
  at("position").setAttribute("aria-valuetext", frame.title[state.language]);
  at("count").textContent = `${state.frame} / ${record.frames.length - 1}`;
  const about = frame.step ? [`${word("step")}: ${frame.step}`, ...(frame.saved ? [word("saved", frame.saved)] : [])] : [];
  const notes = frame.notes.map((note) => html("p", { className: "note" }, note[state.language]));
  at("notes").replaceChildren(...(about.length ? [html("p", { className: "about" }, about.join(" — "))] : []), ...notes);
  at("updates").hidden = frame.phase !== "update";
  at("previous").disabled = at("first").disabled = state.frame === 0;
  at("next").disabled = at("last").disabled = state.frame === record.frames.length - 1;
}

function play() {
  if (state.frame === record.frames.length - 1) go(0);
  const tick = () => {
    state.timer = setTimeout(tick, SPEEDS[at("speed").value]);
    go(state.frame + 1);
  };
  state.timer = setTimeout(tick, 300);
  drawPlaying();
}

function pause() {
  clearTimeout(state.timer);
  state.timer = null;
  drawPlaying();
}

function drawPlaying() {
  const playing = state.timer !== null;
  at("play").classList.toggle("playing", playing);
  at("play-word").textContent = word(playing ? "pause" : "play");
}

function step(by) {
  pause();
  go(state.frame + by);
}

// --- Language ---------------------------------------------------------------------------------------------------------

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
  if (state.shown) show(state.shown.name, state.shown.index, state.shown.follow);
}

function updateTable({ before, gradient, after }) {
  const tensor = record.tensors[after];
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  const head = html("tr", {}, ...["parameter", "before", "gradient_column", "after"].map((key) => html("th", { scope: "col" }, word(key))));
  const { rows, columns, index } = grid(tensor);
  const isListed = size <= ROWS && [before, gradient, after].every((name) => decode(record.tensors[name]));
  const indices = Array.from({ length: isListed ? size : 0 }, (_, place) => index(Math.floor(place / columns), place % columns));
  const each = (place) => [before, gradient, after].map((name) => html("td", {}, numberButton(name, place, short(numberAt(name, place), 4))));
  const range = (name) => html("td", {}, `${record.tensors[name].minimum} … ${record.tensors[name].maximum}`);
  const body = indices.length
    ? indices.map((place) => html("tr", {}, html("th", { scope: "row" }, spoken(before, place)), ...each(place)))
    : [html("tr", {}, html("th", { scope: "row" }, `${before} (${tensor.shape.join(" × ")})`), ...[before, gradient, after].map(range))];
  const caption = html("caption", {}, mathBlock(named(before), operator("←"), named(before), operator("−"), leaf(record.constants["η"], "", [], {}).element, operator("·"), named(gradient)));
  return html("table", { className: "update" }, caption, html("thead", {}, head), html("tbody", {}, ...body));
}

// --- Start ------------------------------------------------------------------------------------------------------------

function choose(element) {
  const index = element.dataset.index;
  pause();
  show(element.dataset.tensor, index === undefined ? null : index.split(",").filter(Boolean).map(Number));
}

function onKey(event) {
  const target = event.target;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const group = target.closest?.("g[data-tensor]");
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

/** Let a wide graph shrink a little before it scrolls. */
function fitGraph() {
  const picture = at("graph").firstElementChild;
  picture.style.minWidth = `${0.78 * picture.viewBox.baseVal.width}px`;
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
    const element = event.target.closest?.("[data-tensor]");
    if (element && element.id !== "panel-title") choose(element);
  });
  setLanguage(state.language);
  go(0);
}

start();

// The panel: how one number comes about, and what it comes from.

const SOURCES = 16; // up to how many sources are listed

function equals(name) {
  return operator(record.tensors[name].role === "update" ? "←" : "=");
}

function line(key, ...blocks) {
  return html("div", { className: "line" }, html("h3", {}, word(key)), html("div", { className: "scroll" }, ...blocks));
}

/** A factor of the chain rule; it leads to the tensor that holds its numbers. */
function factorOf(factor) {
  const element = row(named(factor));
  const tensor = record.factors[factor];
  if (!tensor) return element;
  const attributes = { class: "number", "data-tensor": tensor, tabindex: "0", role: "button", "aria-label": `${factor}: ${tensor}` };
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function chainLine(name, chain) {
  const parts = chain.flatMap((factor, place) => (place ? [operator("·"), factorOf(factor)] : [factorOf(factor)]));
  return line("chain", mathBlock(named(name), operator("="), ...parts));
}

function letterBlock({ left: [, name, letters], right }) {
  return mathBlock(indexed(name, [...letters]), equals(name), formula(right, { bound: null, sources: [] }).element);
}

function equationLine(key, equation) {
  return line(key, letterBlock(equation));
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

/** Whether a formula can be shown with its numbers: the record knows them, and the page holds them. */
function hasNumbers({ worked, entry }) {
  return Boolean(worked && isKept(entry.right));
}

function formulaLines(name, place) {
  const { chain, whole, entry, worked } = record.tensors[name];
  const lines = chain.length > 1 ? [chainLine(name, chain)] : [];
  if (!entry) return { lines, sources: [] };
  if (whole) lines.push(equationLine("whole", whole));
  lines.push(equationLine("entry", entry));
  if (!worked) lines.push(html("p", { className: "hint" }, word("letters_only")));
  if (!hasNumbers(record.tensors[name])) return { lines, sources: [] };
  const { line: numbers, sources } = workedLine(name, place);
  return { lines: [...lines, numbers], sources };
}

function exactLine(name, place) {
  const value = numberAt(name, place);
  if (value === undefined) return [];
  return [html("p", { className: "exact", id: "exact" }, `${spoken(name, place)}: ${word("exact")} ${exactly(value)}`)];
}

/** Show how a number comes about; without an index, the first number of the tensor in the sample on view. */
function show(name, index) {
  const place = index ?? fullIndex(name, null);
  const { role, shape } = record.tensors[name];
  const { lines, sources } = formulaLines(name, place);
  const about = html("p", { className: "role" }, `${word(`role_${role}`)} · ${word("shape", shape.join(" × ") || "1")}`);
  const from = sources.length ? [sourceList(sources)] : [];
  state.shown = { name, index };
  keepFocus(() => {
    at("panel-title").replaceChildren(math("math", indexed(name, place)));
    Object.assign(at("panel-title").dataset, { tensor: name, index: place.join(",") });
    at("panel-body").replaceChildren(about, ...lines, ...exactLine(name, place), ...behind(sources, 2), ...from, everything(name, place));
  });
  markSources(name, index === null ? null : place, sources);
}

/** Write the panel anew without losing who works in it by key. */
function keepFocus(write) {
  const focused = document.activeElement;
  const isInside = at("panel-body").contains(focused);
  write();
  if (isInside) (at(focused.id || "panel-title") ?? at("panel-title")).focus({ preventScroll: true });
}

/** The formulas of those sources that have no place in the graph: local derivatives, and what is inside the objective. */
function behind(sources, depth) {
  const lines = [];
  const firsts = new Map(sources.toReversed().map((source) => [source.name, source]));
  for (const { name, index } of firsts.values()) {
    const tensor = record.tensors[name];
    if (!depth || !["derivative", "loss"].includes(tensor.role) || !hasNumbers(tensor)) continue;
    const inner = workedLine(name, index);
    inner.line.firstElementChild.textContent = word("where");
    inner.line.lastElementChild.prepend(letterBlock(tensor.entry));
    inner.line.classList.add("behind");
    lines.push(inner.line, ...behind(inner.sources, depth - 1));
  }
  return lines;
}

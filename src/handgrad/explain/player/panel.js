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
  body.push(...behind(sources, 2));
  if (sources.length) body.push(sourceList(sources));
  body.push(everything(name, place));
  at("panel-title").replaceChildren(math("math", indexed(name, place)));
  at("panel-title").dataset.tensor = name;
  at("panel-title").dataset.index = place.join(",");
  at("panel-body").replaceChildren(...body);
  markSources(name, index === null ? null : place, sources);
}

/** The formulas of those sources that have no place in the graph: local derivatives, and what is inside the objective. */
function behind(sources, depth) {
  const lines = [];
  const firsts = new Map(sources.toReversed().map((source) => [source.name, source]));
  for (const { name, index } of firsts.values()) {
    const { role, entry, worked } = record.tensors[name];
    if (!depth || !worked || !["derivative", "loss"].includes(role) || !isKept(entry.right)) continue;
    const inner = workedLine(name, index);
    const letters = mathBlock(indexed(entry.left[1], [...entry.left[2]]), equals(name), formula(entry.right, { bound: null, sources: [] }).element);
    inner.line.firstElementChild.textContent = word("where");
    inner.line.lastElementChild.prepend(letters);
    inner.line.classList.add("behind");
    lines.push(inner.line, ...behind(inner.sources, depth - 1));
  }
  return lines;
}

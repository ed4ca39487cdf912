// All numbers of a tensor: a table where they are few, else a heat map.

const CELLS = 72; // up to how many numbers of a tensor stand in a table

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
    const input = html("input", { type: "number", id: `cell-${key}`, min: 1, max: most, value: value + 1 });
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

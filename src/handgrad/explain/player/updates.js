// The update of every parameter.

const ROWS = 24; // up to how many numbers of a parameter are listed in its update
const CHANGE = 7; // digits of a number before and after, so that a small change is seen

function updateTable({ before, gradient, after }) {
  const tensor = record.tensors[after];
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  const head = html("tr", {}, ...["parameter", "before", "gradient_column", "after"].map((key) => html("th", { scope: "col" }, word(key))));
  const { rows, columns, index } = grid(tensor);
  const isListed = size <= ROWS && [before, gradient, after].every((name) => decode(record.tensors[name]));
  const indices = Array.from({ length: isListed ? size : 0 }, (_, place) => index(Math.floor(place / columns), place % columns));
  const each = (place) => [before, gradient, after].map((name) => html("td", {}, numberButton(name, place, short(numberAt(name, place), name === gradient ? 4 : CHANGE))));
  const range = (name) => html("td", {}, `${record.tensors[name].minimum} … ${record.tensors[name].maximum}`);
  const body = indices.length
    ? indices.map((place) => html("tr", {}, html("th", { scope: "row" }, spoken(before, place)), ...each(place)))
    : [html("tr", {}, html("th", { scope: "row" }, `${before} (${tensor.shape.join(" × ")})`), ...[before, gradient, after].map(range))];
  const caption = html("caption", {}, mathBlock(named(before), operator("←"), named(before), operator("−"), leaf(record.constants["η"], "", [], {}).element, operator("·"), named(gradient)));
  return html("table", { className: "update" }, caption, html("thead", {}, head), html("tbody", {}, ...body));
}

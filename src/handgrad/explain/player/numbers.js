// The numbers of the record, and how they are written.

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

/** A number as the graph shows it; of a class index the name. */
function inPicture(name, value) {
  return (name === "t" && record.tensors[name].integer && record.classes[value]) || short(value, 3);
}

/** The index of an entry in the sample on view; without an entry, of the first. */
function fullIndex(name, entry) {
  const tensor = record.tensors[name];
  const places = entry ?? tensor.shape.slice(tensor.batched ? 1 : 0).map(() => 0);
  return tensor.batched ? [state.sample, ...places] : places;
}

/** A number by its name and place, counted from 1, in plain text. */
function spoken(name, index) {
  const bare = name.replace(/ after$/, "");
  const placed = index && index.length ? `${bare} [${index.map((place) => place + 1).join(", ")}]` : bare;
  return bare === name ? placed : word("after_name", placed);
}

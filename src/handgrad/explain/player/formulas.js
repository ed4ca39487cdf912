// Formulas as MathML: one walk over the tree of an expression, by letters or with the numbers put in.

const TERMS = 8; // up to how many terms of a sum are written out

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

/** A letter, or the number that it stands for: context.bound says the place of each index letter, or is null for letters. */
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
    case "transpose": return { element: math("msup", parts[0][1].includes("/") ? fenced(a.element) : a.element, math("mi", "T")), level: 9 };
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

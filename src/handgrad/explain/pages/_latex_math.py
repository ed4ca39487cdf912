"""Formulas in LaTeX."""

from __future__ import annotations

import math
from collections.abc import Mapping

from handgrad.explain._expression import Equation, Expression, Operation, Symbol
from handgrad.explain._names import name_parts
from handgrad.explain.pages._blocks import Item, Matrix, needs_dot
from handgrad.explain.pages._notation import ATOM, BINDING, PRODUCT, Notation
from handgrad.explain.pages._numerals import decimal_parts

_LETTERS = {
    "ℓ": r"\ell",
    "η": r"\eta",
    "one_hot(t)": r"\operatorname{onehot}(t)",
    "class weights": r"\text{class weights}",
}
_FUNCTIONS = {"max": r"\max", "log": r"\log", "tanh": r"\tanh", "cosh": r"\cosh"}

MOST_IN_LINE = 3
"""Up to how many terms of a sum of numbers stand in a line."""


class LatexMath(Notation):
    r"""``u_{1,i} = \sum_{j} W_{1,ij} \cdot x_{j}``."""

    binding: Mapping[str, int] = {**BINDING, "divide": ATOM}  # a fraction has a line of its own

    def __init__(self) -> None:
        super().__init__()
        write, inside = self.write, self.inside
        self.written = {
            "add": lambda *terms: " + ".join(self._added(terms)),
            "subtract": lambda a, b: f"{write(a)} - {inside(b, PRODUCT)}",
            "multiply": lambda *factors: r" \cdot ".join(inside(factor, PRODUCT) for factor in factors),
            "matmul": lambda *factors: r" \, ".join(inside(factor, PRODUCT) for factor in factors),
            "divide": lambda a, b: rf"\frac{{{write(a)}}}{{{write(b)}}}",
            "power": lambda a, b: f"{inside(a, ATOM)}^{{{write(b)}}}",
            "negative": lambda a: f"-{inside(a, PRODUCT)}",
            "transpose": self._transpose,
            "sum": lambda index, term: rf"\sum_{{{write(index)}}} {inside(term, PRODUCT)}",
            "exp": lambda a: f"e^{{{write(a)}}}",
            "positive": lambda a: f"[{write(a)} > 0]",
            "same": lambda a, b: f"[{write(a)} = {write(b)}]",
        }

    def symbol(self, name: str, subscript: str = "") -> str:
        """The letter with its number and its place below it; a gradient as a fraction."""
        if "/" in name:
            above, below = (self.symbol(part.removeprefix("d")) for part in name.split("/"))
            fraction = rf"\frac{{\partial {above}}}{{\partial {below}}}"
            return rf"\left({fraction}\right)_{{{subscript}}}" if subscript else fraction
        if " of " in name:
            what, of = name.split(" of ")
            return rf"\text{{{what}}}({self.symbol(of)})" + (f"_{{{subscript}}}" if subscript else "")
        bare, after = name.removesuffix(" after"), name.endswith(" after")
        letter, number, primes = ("", "", "") if bare in _LETTERS else name_parts(bare)
        below = ",".join(part for part in (number, subscript) if part)
        raised = "'" * len(primes) + (r"^{\text{after}}" if after else "")
        return (letter or _LETTERS[bare]) + raised + (f"_{{{below}}}" if below else "")

    def number(self, value: float) -> str:
        """6 significant digits."""
        if not math.isfinite(value):
            return r"\text{NaN}" if math.isnan(value) else r"\infty" if value > 0 else r"-\infty"
        digits, exponent = decimal_parts(value)
        return digits.replace("−", "-") + (rf" \times 10^{{{exponent}}}" if exponent is not None else "")

    def brackets(self, text: str) -> str:
        """Parentheses as high as what they hold."""
        return rf"\left({text}\right)"

    def function(self, name: str, arguments: list[str]) -> str:
        """``max(0, u)``."""
        return _FUNCTIONS[name] + self.brackets(", ".join(arguments))

    def matrix(self, matrix: Matrix) -> str:
        """Numbers in square brackets; a single number stands alone."""
        if len(matrix.rows) == len(matrix.rows[0]) == 1:
            return self.number(matrix.rows[0][0])
        rows = r" \\ ".join(" & ".join(map(self.number, row)) for row in matrix.rows)
        return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"

    def items(self, items: tuple[Item, ...]) -> str:
        """Matrices, and what stands between them."""
        written = ""
        for place, item in enumerate(items):
            if isinstance(item, str):
                written += f" {item} ".replace("−", "-")
                continue
            text = self.number(item) if isinstance(item, float) else self.matrix(item)
            if place and not isinstance(items[place - 1], str):
                written += r" \cdot " if needs_dot(items[place - 1], item) else r" \, "
                text = self.brackets(text) if text[0] == "-" else text
            written += text
        return written

    def sides(self, equation: Equation) -> list[str]:
        """A long sum of numbers is broken into lines of a surrounding ``align``."""
        sides = super().sides(equation)
        match equation.numbers:
            case Operation("add", terms) if len(terms) > MOST_IN_LINE:
                written = self._added(terms)
                lines = [" + ".join(written[at : at + MOST_IN_LINE]) for at in range(0, len(written), MOST_IN_LINE)]
                sides[1] = " \\\\\n& \\quad {} + ".join(lines)
        return sides

    def _added(self, terms: tuple[Expression, ...]) -> list[str]:
        return [term.replace("…", r"\ldots ") for term in self.terms(terms)]

    def _transpose(self, a: Symbol) -> str:
        return f"{self.brackets(self.write(a)) if '/' in a.name else self.write(a)}^{{\\top}}"

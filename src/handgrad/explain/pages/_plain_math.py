"""Formulas in one line of plain text."""

from __future__ import annotations

from handgrad.explain._expression import Expression, Number, Symbol
from handgrad.explain.pages._notation import ATOM, POWER, PRODUCT, Notation
from handgrad.explain.pages._numerals import numeral


class PlainMath(Notation):
    """``u1_i = Σ_j W1_ij · x_j``."""

    def __init__(self) -> None:
        super().__init__()
        write, inside = self.write, self.inside
        self.written = {
            "add": lambda *terms: " + ".join(self.terms(terms)),
            "subtract": lambda a, b: f"{write(a)} − {inside(b, PRODUCT)}",
            "multiply": lambda *factors: " · ".join(inside(factor, PRODUCT) for factor in factors),
            "matmul": self._matmul,
            "divide": lambda a, b: f"{inside(a, PRODUCT)} / {inside(b, POWER)}",
            "power": self._power,
            "negative": lambda a: f"−{inside(a, PRODUCT)}",
            "transpose": lambda a: f"{inside(a, ATOM)}ᵀ",
            "sum": lambda index, term: f"Σ_{write(index)} {inside(term, PRODUCT)}",
            "positive": lambda a: f"[{write(a)} > 0]",
            "same": lambda a, b: f"[{write(a)} = {write(b)}]",
        }

    def symbol(self, name: str, subscript: str = "") -> str:
        """The name as the record has it; a no-break space keeps it in one line."""
        name = name.replace(" ", "\xa0")
        if not subscript:
            return name
        return f"({name})_{subscript}" if "/" in name or "\xa0" in name else f"{name}_{subscript}"

    def number(self, value: float) -> str:
        """6 significant digits."""
        return numeral(value)

    def brackets(self, text: str) -> str:
        """Parentheses."""
        return f"({text})"

    def function(self, name: str, arguments: list[str]) -> str:
        """``max(0, u)``."""
        return f"{name}({', '.join(arguments)})"

    def binds(self, symbol: Symbol) -> int:
        """A gradient looks like a quotient."""
        return ATOM if symbol.subscript or "/" not in symbol.name else POWER

    def _matmul(self, *factors: Expression) -> str:
        written = [self.inside(factor, PRODUCT) for factor in factors]
        return (" · " if any("/" in factor for factor in written) else " ").join(written)

    def _power(self, base: Expression, exponent: Expression) -> str:
        return self.inside(base, ATOM) + ("²" if exponent == Number(2) else f"^{self.inside(exponent, ATOM)}")

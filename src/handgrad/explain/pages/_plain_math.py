"""Formulas in one line of plain text."""

from __future__ import annotations

from collections.abc import Callable

from handgrad.explain._expression import Equation, Expression, Number, Operation, Symbol
from handgrad.explain.pages._blocks import MOST_TERMS
from handgrad.explain.pages._numerals import numeral

ATOM, POWER, PRODUCT, SUM = 4, 3, 2, 1
_LEVELS = {"add": SUM, "subtract": SUM, "sum": SUM, "negative": SUM, "multiply": PRODUCT, "divide": PRODUCT}
_LEVELS |= {"matmul": PRODUCT, "power": POWER}


def plain_equation(equation: Equation) -> list[str]:
    """The sides of an equation: left and formula, or left, numbers and value."""
    if equation.value is None or equation.numbers is None:
        return [plain(equation.left), plain(equation.formula)]
    left = _entry(equation.left.name, _place(equation.value.index))
    sides = [left, plain(equation.numbers), numeral(equation.value.value)]
    return sides if sides[1] != sides[2] else [sides[0], sides[2]]


def plain(expression: Expression) -> str:
    """A formula."""
    match expression:
        case Symbol(name, subscript):
            return _entry(name, subscript) if subscript else name
        case Number(value):
            return numeral(value)
        case Operation(name, arguments):
            return _operation(name, arguments)


def _entry(name: str, subscript: str) -> str:
    name = name.replace(" ", "\xa0")  # stays in one line
    if not subscript:
        return name
    return f"({name})_{subscript}" if "/" in name or "\xa0" in name else f"{name}_{subscript}"


def _place(index: tuple[int, ...]) -> str:
    places = [str(place + 1) for place in index]
    return "".join(places) if all(len(place) == 1 for place in places) else ",".join(places)


def _operation(name: str, arguments: tuple[Expression, ...]) -> str:
    if name in _WRITTEN:
        return _WRITTEN[name](*arguments)
    return f"{name}({', '.join(map(plain, arguments))})"


def _power(base: Expression, exponent: Expression) -> str:
    return _inside(base, ATOM) + ("²" if exponent == Number(2) else f"^{_inside(exponent, ATOM)}")


def _matmul(*factors: Expression) -> str:
    written = [_inside(factor, PRODUCT) for factor in factors]
    return (" · " if any("/" in factor for factor in written) else " ").join(written)


def _sum(*terms: Expression) -> str:
    written = [plain(terms[0]), *(_inside(term, PRODUCT) for term in terms[1:])]
    if len(written) > MOST_TERMS:
        written = [*written[:3], f"…({len(written) - 4})…", written[-1]]
    return " + ".join(written)


def _inside(expression: Expression, at_least: int) -> str:
    """An argument, in parentheses where it binds less than its place asks."""
    text = plain(expression)
    return text if _level(expression) >= at_least else f"({text})"


def _level(expression: Expression) -> int:
    match expression:
        case Number(value):
            return ATOM if value >= 0 or value != value else SUM
        case Symbol(name, subscript):
            return ATOM if subscript or "/" not in name else POWER
        case Operation(name, _):
            return _LEVELS.get(name, ATOM)


_WRITTEN: dict[str, Callable[..., str]] = {
    "add": _sum,
    "subtract": lambda a, b: f"{plain(a)} − {_inside(b, PRODUCT)}",
    "multiply": lambda *factors: " · ".join(_inside(factor, PRODUCT) for factor in factors),
    "matmul": _matmul,
    "divide": lambda a, b: f"{_inside(a, PRODUCT)} / {_inside(b, POWER)}",
    "power": _power,
    "negative": lambda a: f"−{_inside(a, PRODUCT)}",
    "transpose": lambda a: f"{_inside(a, ATOM)}ᵀ",
    "sum": lambda index, term: f"Σ_{plain(index)} {_inside(term, PRODUCT)}",
    "positive": lambda a: f"[{plain(a)} > 0]",
    "same": lambda a, b: f"[{plain(a)} = {plain(b)}]",
}

"""A formula walked once: which argument needs parentheses is the same in every notation, how things look is not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from handgrad.explain._expression import Equation, Expression, Number, Operation, Symbol
from handgrad.explain.pages._blocks import MOST_TERMS

ATOM, POWER, PRODUCT, SUM = 4, 3, 2, 1
"""How tightly something binds."""

BINDING = {
    "add": SUM,
    "subtract": SUM,
    "sum": SUM,
    "negative": SUM,
    "multiply": PRODUCT,
    "divide": PRODUCT,
    "matmul": PRODUCT,
    "power": POWER,
}
"""Of an operation; those that are not named bring their own brackets."""


class Notation(ABC):
    """How formulas are written.

    Attributes:
        written: how an operation looks, given its arguments; others are written as functions.
        binding: how tightly an operation binds.
    """

    binding: Mapping[str, int] = BINDING

    def __init__(self) -> None:
        self.written: dict[str, Callable[..., str]] = {}

    @abstractmethod
    def symbol(self, name: str, subscript: str = "") -> str:
        """A letter of the record, with the subscript as it is to be read."""

    @abstractmethod
    def number(self, value: float) -> str:
        """A number."""

    @abstractmethod
    def brackets(self, text: str) -> str:
        """Something in parentheses."""

    @abstractmethod
    def function(self, name: str, arguments: list[str]) -> str:
        """A function of the name of an operation."""

    def binds(self, symbol: Symbol) -> int:
        """How tightly a letter binds."""
        return ATOM

    def write(self, expression: Expression) -> str:
        """A formula."""
        match expression:
            case Symbol(name, subscript):
                return self.symbol(name, subscript)
            case Number(value):
                return self.number(value)
            case Operation(name, arguments):
                if name in self.written:
                    return self.written[name](*arguments)
                return self.function(name, [self.write(argument) for argument in arguments])

    def inside(self, expression: Expression, at_least: int) -> str:
        """An argument, in parentheses where it binds less than its place asks."""
        text = self.write(expression)
        return text if self._level(expression) >= at_least else self.brackets(text)

    def sides(self, equation: Equation) -> list[str]:
        """The sides of an equation: left and formula, or left, numbers and value."""
        if equation.value is None or equation.numbers is None:
            return [self.write(equation.left), self.write(equation.formula)]
        left = self.symbol(equation.left.name, _place(equation.value.index))
        numbers, value = self.write(equation.numbers), self.number(equation.value.value)
        return [left, value] if numbers == value else [left, numbers, value]

    def terms(self, arguments: tuple[Expression, ...]) -> list[str]:
        """The terms of a sum; of a long one the first, how many are left out, and the last."""
        written = [self.write(arguments[0]), *(self.inside(term, PRODUCT) for term in arguments[1:])]
        return written if len(written) <= MOST_TERMS else [*written[:3], f"…({len(written) - 4})…", written[-1]]

    def _level(self, expression: Expression) -> int:
        match expression:
            case Number(value):
                return SUM if value < 0 else ATOM
            case Symbol():
                return self.binds(expression)
            case Operation(name, _):
                return self.binding.get(name, ATOM)


def _place(index: tuple[int, ...]) -> str:
    """A place counted from 1: ``12``, or ``1,12`` where a digit is not enough."""
    places = [str(place + 1) for place in index]
    return "".join(places) if all(len(place) == 1 for place in places) else ",".join(places)

"""What a formula is built on: letters, or the numbers of a record. A formula is written once, over either of the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from handgrad.explain._expression import Expression, Number, Symbol, add, apply, big_sum, constant
from handgrad.explain._record import Trace

Index = str | int
"""A letter, or a place counted from 0."""


class Leaves(Protocol):
    """What a formula asks for."""

    def at(self, tensor: str, *index: Index) -> Expression:
        """An entry of a tensor."""

    def total(self, letter: str, size: int, term: Callable[[Index], Expression]) -> Expression:
        """Σ of a term over an index."""

    def same(self, a: Index, b: Index) -> Expression:
        """[a = b]."""

    def named(self, letter: str, value: float) -> Expression:
        """A number that has a letter, such as η or N."""


class Letters:
    """Symbols."""

    def at(self, tensor: str, *index: Index) -> Expression:
        """The symbol with its index letters."""
        return Symbol(tensor, "".join(map(str, index)))

    def total(self, letter: str, size: int, term: Callable[[Index], Expression]) -> Expression:
        """Σ over the letter."""
        return big_sum(letter, term(letter))

    def same(self, a: Index, b: Index) -> Expression:
        """[a = b] of letters."""
        return apply("same", Symbol(str(a)), Symbol(str(b)))

    def named(self, letter: str, value: float) -> Expression:
        """The letter."""
        return Symbol(letter)


class Numbers:
    """The numbers of a record, each with where it stands."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def at(self, tensor: str, *index: Index) -> Expression:
        """The number, with its tensor and its place."""
        place = tuple(map(int, index))
        return Number(self._trace[tensor][place], tensor, place)

    def total(self, letter: str, size: int, term: Callable[[Index], Expression]) -> Expression:
        """All terms, written out."""
        return add(*map(term, range(size))) if size else constant(0)

    def same(self, a: Index, b: Index) -> Expression:
        """1 or 0."""
        return constant(float(a == b))

    def named(self, letter: str, value: float) -> Expression:
        """The number."""
        return constant(value)

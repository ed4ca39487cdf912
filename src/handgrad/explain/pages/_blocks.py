"""What a page is made of, whatever it is printed with: a text and a LaTeX document are two ways to write these blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from handgrad.explain._expression import Equation, Expression, Symbol
from handgrad.explain._values import Summary

Way = Literal["", "forward", "backward"]
"""Which way a section goes: the chapter draws forward in blue and backward in red."""


MOST_TERMS = 8
"""Up to how many terms a sum of numbers is written out."""


@dataclass(frozen=True)
class Heading:
    """The title of a page (level 0), of a section (1) or of a step (2)."""

    level: int
    text: str
    way: Way = ""


@dataclass(frozen=True)
class Prose:
    """A paragraph; it may hold names from outside."""

    text: str


@dataclass(frozen=True)
class Matrix:
    """Numbers in rows and columns; a vector is one column, or one row."""

    rows: tuple[tuple[float, ...], ...]

    def transposed(self) -> Matrix:
        """Rows as columns."""
        return Matrix(tuple(zip(*self.rows, strict=True)))


Item = Matrix | float | Literal["+", "−"]
"""What stands in the middle of an equation of matrices: neighbours are multiplied."""


def needs_dot(before: Item, item: Item) -> bool:
    """Whether two neighbours are written with a multiplication sign: a number beside a number or a matrix."""
    sign = isinstance(before, str) or isinstance(item, str)
    return not sign and (_is_number(before) or _is_number(item))


def _is_number(item: Item) -> bool:
    return isinstance(item, float) or (isinstance(item, Matrix) and len(item.rows) == len(item.rows[0]) == 1)


@dataclass(frozen=True)
class Displayed:
    """An equation with the matrices put in.

    Attributes:
        left: what is computed.
        formula: how, by symbols; None for what is given.
        items: the formula with numbers for its symbols; empty where they are not written out.
        value: what comes out.
        sign: ``=``, or ``←`` where the left side gets a new value.
    """

    left: Symbol
    formula: Expression | None
    items: tuple[Item, ...]
    value: Matrix
    sign: Literal["=", "←"] = "="


@dataclass(frozen=True)
class Equations:
    """Equations of single numbers, or of whole tensors by letters alone; written beneath each other."""

    lines: tuple[Equation, ...]


@dataclass(frozen=True)
class Chain:
    """A gradient as the product of its factors, by their names."""

    gradient: str
    factors: tuple[str, ...]


@dataclass(frozen=True)
class Wide:
    """A tensor with too many numbers to be written out.

    Attributes:
        left: which one.
        shape: its shape.
        summary: what is said of its numbers.
        numbers: the numbers of a vector that is not too long for a list; else empty.
    """

    left: Symbol
    shape: tuple[int, ...]
    summary: Summary
    numbers: tuple[float, ...] = ()


Cell = str | float | Symbol | Equation


@dataclass(frozen=True)
class Listing:
    """A table; its text may come from outside.

    Attributes:
        header: the titles of the columns.
        rows: the cells.
    """

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


Block = Heading | Prose | Displayed | Equations | Chain | Wide | Listing

"""A page as plain text for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from handgrad.explain._expression import Equation, Symbol
from handgrad.explain._record import Trace
from handgrad.explain.pages._blocks import (
    Block,
    Cell,
    Chain,
    Displayed,
    Equations,
    Heading,
    Item,
    Listing,
    Matrix,
    Prose,
    Way,
    Wide,
)
from handgrad.explain.pages._lines import wrapped
from handgrad.explain.pages._numerals import numeral
from handgrad.explain.pages._page import page
from handgrad.explain.pages._plain_math import PlainMath
from handgrad.explain.pages._plain_matrix import Picture, beside, items_picture, matrix_picture
from handgrad.explain.pages._printable import padded, printable, shortened, width
from handgrad.explain.pages._sections import Remarks
from handgrad.explain.pages._wide_words import wide_sentence
from handgrad.explain.pages._words import Words, words

_MATH = PlainMath()
COLUMNS = 80
INDENT = "    "
LONGEST_NAME = 32


@dataclass(frozen=True)
class Line:
    """A line of the page.

    Attributes:
        text: what it says.
        way: forward, backward, or neither.
        heading: whether it is one.
    """

    text: str
    way: Way = ""
    heading: bool = False


def to_text(trace: Trace, language: str = "en", *, title: str = "", remarks: Remarks | None = None) -> str:
    """The record as a page of plain text, at most 80 columns wide as long as names are not longer.

    Args:
        trace: the record.
        language: one of `handgrad.explain.LANGUAGES`.
        title: what stands above; empty for the usual title.
        remarks: sentences to be said of tensors, by their name.

    Raises:
        ValueError: the language does not exist.
    """
    return "\n".join(line.text for line in text_lines(trace, language, title=title, remarks=remarks)) + "\n"


def text_lines(trace: Trace, language: str = "en", *, title: str = "", remarks: Remarks | None = None) -> list[Line]:
    """The lines of `to_text`, each with the way that it belongs to, for a terminal that has colours."""
    vocabulary = words(language)
    lines: list[Line] = []
    way: Way = ""
    for block in page(trace, vocabulary, title, remarks or {}):
        if isinstance(block, Heading):
            way = block.way
        heading = isinstance(block, Heading)
        lines += [Line(text.rstrip().replace("\xa0", " "), way, heading) for text in _written(block, vocabulary)]
        lines.append(Line("", way))
    return lines[:-1]


def _written(block: Block, vocabulary: Words) -> Iterable[str]:
    match block:
        case Heading():
            return _heading(block)
        case Prose(text):
            return wrapped(printable(text), COLUMNS)
        case Displayed():
            return _displayed(block)
        case Equations(lines):
            return _equations(lines)
        case Chain(gradient, factors):
            return wrapped(f"{gradient} = {' · '.join(factors)}", COLUMNS - len(INDENT), INDENT)
        case Wide():
            return _wide(block, vocabulary)
        case Listing():
            return _listing(block)


def _heading(heading: Heading) -> list[str]:
    text = printable(heading.text)
    if heading.level == 2:
        return [f"▸ {text}"]
    rule = "═" if heading.level == 0 else "─"
    return [text, rule * width(text)] if heading.level == 0 else ["", text, rule * width(text)]


def _displayed(block: Displayed) -> Iterator[str]:
    """The equation in one line of matrices, or broken before each sign where it is too wide; then without its middle."""
    left: Picture = [_MATH.write(block.left)]
    sides: list[list[Picture]] = [[[_MATH.write(block.formula)]]] if block.formula is not None else []
    sides += [[items_picture(term) for term in _terms(block.items)]] if block.items else []
    sides.append([matrix_picture(block.value)])
    signs: list[Picture] = [[block.sign], *[["="]] * (len(sides) - 1)]
    whole = beside([left, *chain.from_iterable((sign, *terms) for sign, terms in zip(signs, sides, strict=True))])
    if _fits(whole):
        yield from _indented(whole)
        return
    margin: Picture = [" " * width(left[0])]
    for place, (sign, terms) in enumerate(zip(signs, sides, strict=True)):
        start = [margin if place else left, sign]
        line = beside([*start, *terms])
        if _fits(line):
            yield from _indented(line)
        elif terms is sides[-1]:
            yield from _rows(beside(start)[0], block.value)
        else:
            yield from _beneath(start, terms)


def _beneath(start: list[Picture], terms: list[Picture]) -> Iterator[str]:
    """A side that is too wide, term beneath term; one that is too wide even so is left out, the value is not."""
    for place, term in enumerate(terms):
        picture = beside([*start, term] if not place else [[" " * (width(start[0][0]) + 2)], term])
        if _fits(picture):
            yield from _indented(picture)


def _rows(start: str, matrix: Matrix) -> Iterator[str]:
    """A matrix that is too wide to be drawn, row by row in brackets."""
    hanging = width(start) + 3
    for place, row in enumerate(matrix.rows):
        line = (" " * width(start) if place else start) + " [ " + "  ".join(map(numeral, row)) + " ]"
        yield from wrapped(line, COLUMNS - len(INDENT), INDENT, hanging=hanging)


def _terms(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items in groups, each sign at the beginning of its own."""
    group: list[Item] = []
    for item in items:
        if isinstance(item, str):
            yield group
            group = []
        group.append(item)
    yield group


def _fits(picture: Picture) -> bool:
    return width(picture[0]) <= COLUMNS - len(INDENT)


def _indented(picture: Picture) -> Iterator[str]:
    return (INDENT + line for line in picture)


def _equations(lines: Sequence[Equation]) -> Iterator[str]:
    """One beneath the other, aligned at the first sign."""
    sides = [_MATH.sides(line) for line in lines]
    longest = max(width(side[0]) for side in sides)
    for left, *others in sides:
        start = f"{padded(left, longest)} = "
        yield from wrapped(_breakable(start + " = ".join(others)), COLUMNS - len(INDENT), INDENT, hanging=width(start))


def _breakable(equation: str) -> str:
    """The equation with no-break spaces where a line must not end: it ends before a sign, and never inside a product."""
    for sign in "=+−":
        equation = equation.replace(f" {sign} ", f" {sign}\xa0")
    return equation.replace(" · ", "\xa0·\xa0")


def _wide(block: Wide, vocabulary: Words) -> Iterator[str]:
    yield from wrapped(wide_sentence(block, vocabulary), COLUMNS - len(INDENT), INDENT)
    yield from _numbers(block.numbers)


def _numbers(numbers: Sequence[float]) -> Iterator[str]:
    """A long vector, as many numbers in a line as fit, each line beginning with the place of its first."""
    cells = [numeral(number) for number in numbers]
    wide = max(map(width, cells), default=0) + 2
    place = len(str(len(cells)))
    each = max(1, (COLUMNS - 2 * len(INDENT) - place - 1) // wide)
    for start in range(0, len(cells), each):
        row = "".join(padded(cell, wide, right=True) for cell in cells[start : start + each])
        yield f"{INDENT}{INDENT}{start + 1:>{place}}:{row}"


def _listing(block: Listing) -> Iterator[str]:
    rows = [[_cell(cell) for cell in row] for row in (block.header, *block.rows)]
    columns = [max(map(width, column)) for column in zip(*rows, strict=True)]
    numeric = [all(isinstance(cell, float | int) for cell in column) for column in zip(*block.rows, strict=True)]
    for place, row in enumerate(rows):
        cells = [padded(cell, wide, right) for cell, wide, right in zip(row, columns, numeric, strict=True)]
        yield from wrapped(
            "  ".join(cells).rstrip(), COLUMNS - len(INDENT), INDENT, hanging=sum(columns[:-1]) + 2 * len(columns) - 2
        )
        if not place:
            yield INDENT + "─" * min(sum(columns) + 2 * len(columns) - 2, COLUMNS - len(INDENT))


def _cell(cell: Cell) -> str:
    match cell:
        case str():
            return shortened(printable(cell), LONGEST_NAME)
        case Symbol():
            return _MATH.write(cell)
        case Equation():
            return " = ".join(_MATH.sides(cell))
    return numeral(cell)

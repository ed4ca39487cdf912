"""Matrices drawn with the characters of a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from handgrad.explain.pages._blocks import Item, Matrix, needs_dot
from handgrad.explain.pages._numerals import numeral
from handgrad.explain.pages._printable import padded, width

Picture = list[str]
"""Lines of equal width."""


def matrix_picture(matrix: Matrix) -> Picture:
    """The numbers in square brackets, columns aligned; a single number stands alone."""
    cells = [[numeral(number) for number in row] for row in matrix.rows]
    if len(cells) == len(cells[0]) == 1:
        return [cells[0][0]]
    columns = [max(map(width, column)) for column in zip(*cells, strict=True)]
    rows = ["  ".join(padded(cell, wide, right=True) for cell, wide in zip(row, columns, strict=True)) for row in cells]
    brackets = [("[", "]")] if len(rows) == 1 else [("⎡", "⎤"), *[("⎢", "⎥")] * (len(rows) - 2), ("⎣", "⎦")]
    return [f"{left} {row} {right}" for (left, right), row in zip(brackets, rows, strict=True)]


def items_picture(items: Sequence[Item]) -> Picture:
    """Matrices and what stands between them, side by side."""
    pictures: list[Picture] = []
    for place, item in enumerate(items):
        if place and needs_dot(items[place - 1], item):
            pictures.append(["·"])
        pictures.append(_item(item, first=not place))
    return beside(pictures)


def beside(pictures: Sequence[Picture]) -> Picture:
    """Pictures next to each other with a blank between, each in the middle of the height."""
    height = max(map(len, pictures))
    lines = [""] * height
    for place, picture in enumerate(pictures):
        blank, above = " " * width(picture[0]), (height - len(picture)) // 2
        for row in range(height):
            inside = above <= row < above + len(picture)
            lines[row] += (" " if place else "") + (picture[row - above] if inside else blank)
    return lines


def _item(item: Item, first: bool) -> Picture:
    match item:
        case Matrix(((number,),)) if number < 0 and not first:
            return [f"({numeral(number)})"]
        case Matrix():
            return matrix_picture(item)
        case str():
            return [item]
    return [numeral(item)]

"""Which class was taken for which, as a table whose colour is the part of the row."""

from __future__ import annotations

from collections.abc import Sequence

from handgrad.training.report._elements import table
from handgrad.training.report._markup import Markup, tag
from handgrad.training.report._numbers import percent

_MOST_CLASSES = 30
_MOST_MISTAKES = 20


def confusion_table(counts: Sequence[Sequence[int]], names: Sequence[str], target: str) -> Markup:
    """Write counts (true class, predicted class), with recall and precision; with many classes, the commonest mistakes."""
    if len(names) > _MOST_CLASSES:
        return _mistakes(counts, names)
    columns = list(zip(*counts, strict=True))
    head = tag(
        "tr",
        tag("th", f"true {target} ↓ · predicted →", scope="col", class_="words"),
        *_heads(names),
        *_heads(["recall"]),
    )
    body = [
        tag(
            "tr",
            tag("th", name, scope="row", class_="words"),
            *_cells(row, index),
            tag("td", _part(row[index], sum(row))),
        )
        for index, (name, row) in enumerate(zip(names, counts, strict=True))
    ]
    precisions = [tag("td", _part(column[index], sum(column))) for index, column in enumerate(columns)]
    foot = tag("tr", tag("th", "precision", scope="row", class_="words"), *precisions, tag("td"))
    caption = tag("caption", "Rows of the test; the colour is the part of the true class.")
    return tag(
        "div", tag("table", caption, tag("thead", head), tag("tbody", *body, foot), class_="heat"), class_="wide"
    )


def _heads(names: Sequence[str]) -> list[Markup]:
    return [tag("th", name, scope="col") for name in names]


def _cells(row: Sequence[int], true: int) -> list[Markup]:
    total = max(sum(row), 1)
    return [
        tag("td", str(count), class_="count right" if index == true else "count", style=f"--part:{count / total:.3f}")
        for index, count in enumerate(row)
    ]


def _part(count: int, total: int) -> str:
    return percent(count / total) if total else "–"


def _mistakes(counts: Sequence[Sequence[int]], names: Sequence[str]) -> Markup:
    wrong = [
        (count, names[true], names[said])
        for true, row in enumerate(counts)
        for said, count in enumerate(row)
        if said != true and count
    ]
    rows = [(true, said, str(count)) for count, true, said in sorted(wrong, reverse=True)[:_MOST_MISTAKES]]
    caption = (
        f"{len(names)} classes are too many for a matrix: the {len(rows)} commonest mistakes of {len(wrong)} kinds."
    )
    return table(caption, ("true", "predicted", "rows"), rows)

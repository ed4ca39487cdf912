"""What the sections of a page are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from handgrad.training.report._markup import Markup, tag


def section(title: str, *content: str) -> Markup:
    """Write a section with its title."""
    return tag("section", tag("h2", title), *content)


def facts(values: Mapping[str, str], style: str = "facts") -> Markup:
    """Write values by name."""
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in values.items()), class_=style)


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """Write a table whose first column names the rows; it scrolls by itself where it is too wide."""
    body = [tuple(row) for row in rows]
    styles = ["words" if any(map(_is_text, column)) else None for column in zip(*body, strict=True)][1:]
    styles = ["words", *(styles or [None] * (len(header) - 1))]
    head = tag("tr", *(tag("th", name, scope="col", class_=style) for name, style in zip(header, styles, strict=True)))
    lines = [
        tag("tr", tag("th", row[0], scope="row", class_="words"), *map(_cell, row[1:], styles[1:])) for row in body
    ]
    title = [tag("caption", caption)] if caption else []
    return tag("div", tag("table", *title, tag("thead", head), tag("tbody", *lines)), class_="wide")


def _cell(text: str, style: str | None) -> Markup:
    return tag("td", text, class_=style)


def _is_text(cell: str) -> bool:
    """Whether a cell is no number, and its column therefore no column of numbers."""
    try:
        float(cell.removesuffix(" %").replace(",", "") or "0")
    except ValueError:
        return True
    return False


def details(summary: str, *content: str) -> Markup:
    """Write something that is unfolded on demand."""
    return tag("details", tag("summary", summary), *content)


def command(line: str) -> Markup:
    """Write a line to be typed."""
    return tag("pre", tag("code", line), class_="command")


def note(text: str) -> Markup:
    """Write a remark."""
    return tag("p", text, class_="note")

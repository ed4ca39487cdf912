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
    head = tag("tr", *(tag("th", name, scope="col") for name in header))
    body = [tag("tr", tag("th", name, scope="row"), *(tag("td", cell) for cell in cells)) for name, *cells in rows]
    title = [tag("caption", caption)] if caption else []
    return tag("div", tag("table", *title, tag("thead", head), tag("tbody", *body)), class_="wide")


def details(summary: str, *content: str) -> Markup:
    """Write something that is unfolded on demand."""
    return tag("details", tag("summary", summary), *content)


def command(line: str) -> Markup:
    """Write a line to be typed."""
    return tag("pre", tag("code", line), class_="command")


def note(text: str) -> Markup:
    """Write a remark."""
    return tag("p", text, class_="note")

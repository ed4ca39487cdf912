"""A page as a browser takes it apart, by the standard library's parser: elements, attributes, text, tables."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta"}


class Page(HTMLParser):
    """Attributes: ``elements`` (name, attributes) in order; ``texts`` by element; ``rows`` of all tables, as text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    @classmethod
    def at(cls, path: Path) -> Page:
        return cls(path.read_text(encoding="utf-8"))

    @property
    def text(self) -> str:
        """All that is shown, without the style."""
        return " ".join("".join(text for element, text in self.texts if element != "style").split())

    def names(self) -> set[str]:
        return {name for name, _ in self.elements}

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for element, attributes in self.elements if element == name]

    def row(self, first: str) -> list[str]:
        """The cells after the first one of the only row that begins so."""
        (row,) = [row for row in self.rows if row and row[0] == first]
        return row[1:]

    def code(self, words: str) -> str:
        """The only text of several lines in a ``code`` that contains some words."""
        (code,) = [text for element, text in self.texts if element == "code" and words in text and "\n" in text]
        return code

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

"""What an experiment gives back: numbers first, then words about them, and a drawing of them on demand."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from handgrad.explain.experiments._requirement import require
from handgrad.explain.experiments._style import SVG_METADATA, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Value = float | int | str | None


@dataclass(frozen=True)
class Table:
    """Columns of equal length under names.

    Attributes:
        name: of the file that it goes to, without the ending.
        columns: name to values; None is an empty cell.
    """

    name: str
    columns: Mapping[str, Sequence[Value]]

    @classmethod
    def of(cls, name: str, rows: Sequence[Mapping[str, Value]]) -> Table:
        """Return the table of rows that all have the same keys."""
        return cls(name, {column: [row[column] for row in rows] for column in rows[0]})

    def rows(self) -> list[tuple[Value, ...]]:
        """Return the table row by row."""
        return list(zip(*self.columns.values(), strict=True))

    def write(self, path: Path) -> None:
        """Write CSV with a header; every number is written with all its digits."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.columns)
            writer.writerows(self.rows())


@dataclass(frozen=True)
class Result:
    """The outcome of an experiment.

    Attributes:
        name: of the experiment, and of its files.
        tables: the numbers; the first table is the summary.
        paragraphs: what to see in them, by language (``"en"``, ``"ja"``).
        draw: draws the figure from the numbers alone.
    """

    name: str
    tables: Sequence[Table]
    paragraphs: Mapping[str, str]
    draw: Callable[[], Figure]

    def figure(self) -> Figure:
        """Return the figure in the common style."""
        with style():
            return self.draw()

    def save(self, directory: Path, language: str = "en") -> list[Path]:
        """Write the figure (SVG, PNG), the tables (CSV) and the paragraph (text), and return the files.

        The bytes depend on the numbers only, not on the time.

        Raises:
            ValueError: there is no paragraph in this language.
        """
        languages = ", ".join(self.paragraphs)
        require(language in self.paragraphs, "Result.save", f"a language out of {languages}", language)
        directory.mkdir(parents=True, exist_ok=True)
        pictures = [directory / f"{self.name}.{kind}" for kind in ("svg", "png")]
        figure = self.figure()
        with style():
            figure.savefig(pictures[0], metadata=SVG_METADATA)
            figure.savefig(pictures[1])
        tables = [directory / f"{table.name}.csv" for table in self.tables]
        for table, path in zip(self.tables, tables, strict=True):
            table.write(path)
        text = directory / f"{self.name}.txt"
        text.write_text(self.paragraphs[language] + "\n", encoding="utf-8")
        return [*pictures, *tables, text]

"""What a suite hands back: figures for the JSON, tables for the reader."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.table import Table as RichTable


@dataclass(frozen=True)
class Figure:
    """A number that was measured several times.

    Attributes:
        values: one number a repeat.
        limit: the goal: the median is at most this.
        least: or the goal is this: the median is not below.
    """

    values: list[float]
    limit: float | None = None
    least: float | None = None

    @property
    def median(self) -> float:
        """The middle of the repeats."""
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between these two lies the middle half of the repeats."""
        if len(self.values) < 2:
            return self.values[0], self.values[0]
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return low, high

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.least is not None:
            return self.median >= self.least
        return None if self.limit is None else self.median <= self.limit

    @property
    def goal(self) -> str:
        """The goal as a table has it; empty without one."""
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "" if self.limit is None else f"≤ {self.limit:g}"

    def record(self) -> dict[str, Any]:
        """Everything, for the JSON."""
        return {
            "median": self.median,
            "quartiles": self.quartiles,
            "limit": self.limit,
            "least": self.least,
            "met": self.met,
            "values": self.values,
        }

    def cells(self, digits: int) -> list[str]:
        """Median, spread, goal and whether it is met, for a table."""
        low, high = self.quartiles
        return [f"{self.median:.{digits}f}", f"{low:.{digits}f} to {high:.{digits}f}", self.goal, verdict(self.met)]


@dataclass(frozen=True)
class Table:
    """What is printed: cells as text."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str = ""


@dataclass(frozen=True)
class Result:
    """What a suite has measured.

    Attributes:
        record: everything, in plain containers.
        tables: what of it is shown.
        readme: what of it the README shows.
    """

    record: dict[str, Any]
    tables: list[Table] = field(default_factory=list)
    readme: list[Table] = field(default_factory=list)


def verdict(met: bool | None) -> str:
    """A word for whether a goal is met."""
    return {None: "", True: "yes", False: "NO"}[met]


def as_table(table: Table, markdown: bool) -> RichTable:
    """The table as rich prints it: the first column to the left, the numbers to the right."""
    drawn = RichTable(title=table.title, caption=table.note or None, box=box.MARKDOWN if markdown else box.SIMPLE)
    for place, name in enumerate(table.columns):
        drawn.add_column(name, justify="right" if place else "left", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*row)
    return drawn

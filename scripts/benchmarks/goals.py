"""What was promised, and what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.report import Figure, Table


@dataclass(frozen=True)
class Goal:
    """A promise.

    Attributes:
        what: which number it is about.
        where: on which network, data or machine.
        figure: the number, with its limit; None if one side of the comparison was not measured.
    """

    what: str
    where: str
    figure: Figure | None

    def record(self) -> dict[str, Any]:
        """Everything, for the JSON."""
        return {"what": self.what, "where": self.where, **(self.figure.record() if self.figure else {"met": None})}


def goal_table(goals: Iterable[Goal], note: str) -> Table:
    """One goal a row."""
    rows = [
        [goal.what, goal.where, *(goal.figure.cells(2) if goal.figure else ["not measured", "", "", ""])]
        for goal in goals
    ]
    return Table("Goals", ["", "where", "measured", "middle half", "goal", "met"], rows, note)


def with_summary(table: Table, goals: Iterable[Goal]) -> Table:
    """The table with a sentence on the goals after its note: how many are met, and by how much the others are missed."""
    figures = [(goal, goal.figure) for goal in goals if goal.figure is not None]
    missed = [
        f"{goal.what} at {goal.where} ({figure.median:.2f}, {figure.goal})"
        for goal, figure in figures
        if not figure.met
    ]
    count = f"{len(figures) - len(missed)} of {len(figures)} goals are met"
    return replace(table, note=". ".join(filter(None, [table.note, "; not ".join([count, *missed])])))

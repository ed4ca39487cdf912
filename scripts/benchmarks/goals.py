"""What was promised, and what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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

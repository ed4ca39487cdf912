"""The score of the judge over the mutants, as a table below the test report: ``pytest tests/laws/test_mutants.py --score``.

A row an op: its mutants, how many of them the judge has killed, how many the catalogue of causes covers, how many of those the
diagnosis has named.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

COLUMNS = ("mutants", "killed", "in the catalogue", "named")


class MutantScore:
    """Listens to the property ``mutant`` that the tests record: the op, then a number for each of `COLUMNS`."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(COLUMNS))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        recorded = dict(report.user_properties).get("mutant")
        if report.when != "call" or recorded is None:
            return
        op, *numbers = recorded
        for row in (op, "all"):
            self.counts[row] = [count + number for count, number in zip(self.counts[row], numbers, strict=True)]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("the judge over the mutants")
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """A row an op, and all of them in the last."""
        rows = [*(op for op in self.counts if op != "all"), *(["all"] if self.counts else [])]
        width = max(map(len, rows), default=0)
        head = " " * width + "".join(f"  {column}" for column in COLUMNS)
        return [head, *(row.ljust(width) + self._cells(row) for row in rows)]

    def _cells(self, row: str) -> str:
        return "".join(f"  {count:{len(column)}}" for count, column in zip(self.counts[row], COLUMNS, strict=True))

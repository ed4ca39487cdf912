"""The matrix of ops × features, as a table below the test report: ``pytest tests/ops --matrix``.

A feature is a test function with its parameters but for the case (``test_every_nesting[FRF]``), a cell is an op with a feature: it
passes where the tests of all the op's cases pass. The table adds up the cells of each file, one file a family of features.
"""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

NODE = re.compile(r"tests/ops/test_(?P<family>\w+)\.py::(?P<feature>\w+)\[(?P<id>.*)\]")


class Matrix:
    """Listens to the reports of tests over the cases, and prints the score."""

    def __init__(self, op_of_case: dict[str, str]) -> None:
        self.op_of_case = op_of_case
        self.ops = set(op_of_case.values())
        self.cells: dict[tuple[str, str, str], bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        node = NODE.match(report.nodeid)
        names = [name for name in self.op_of_case if node and f"-{name}-" in f"-{node['id']}-"]
        if node is None or not names or report.skipped or (report.passed and report.when != "call"):
            return
        case = max(names, key=len)
        parameters = f"-{node['id']}-".replace(f"-{case}-", "-")
        cell = (node["family"], self.op_of_case[case], node["feature"] + parameters)
        self.cells[cell] = self.cells.get(cell, True) and report.passed

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("ops × features: cells passed of cells")
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """A row a family, a column an op."""
        counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for (family, op, _), passed in self.cells.items():
            for key in ((family, op), (family, "all"), ("all", op), ("all", "all")):
                counts[key].append(passed)
        columns = [*sorted(self.ops), "all"]
        rows = [*sorted({family for family, _, _ in self.cells}), "all"]
        widths = [max(len(column), 9) for column in columns]
        head = " " * 14 + "  ".join(column.rjust(width) for column, width in zip(columns, widths, strict=True))
        return [head, *(self._row(row, columns, widths, counts) for row in rows)]

    def _row(self, row: str, columns: list[str], widths: list[int], counts: dict[tuple[str, str], list[bool]]) -> str:
        entries = [f"{sum(counts[row, c])}/{len(counts[row, c])}" if counts[row, c] else "-" for c in columns]
        return row.ljust(14) + "  ".join(entry.rjust(width) for entry, width in zip(entries, widths, strict=True))

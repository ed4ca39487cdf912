"""The table op × law of the README: how many laws of a group hold for all cases of an op, of those that apply to it.

``PYTHONPATH=tests python -m law_table`` judges every op, in some minutes, and writes the table into the README.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from cases import CASES, PRINCIPAL
from handgrad.laws import Law, Status, Verdict
from law_reports import FAST, SLOW_EACH, SLOW_TOGETHER, TOGETHER, report

README = Path(__file__).parents[1] / "README.md"
BETWEEN = re.compile(r"(<!-- laws: begin[^>]*-->\n).*(<!-- laws: end -->)", re.DOTALL)

GROUPS: dict[str, tuple[str, ...]] = {
    "value, reverse, forward, adjoint": ("value", "reverse", "forward", "adjoint"),
    "kinks, extremes": ("kinks", "extremes"),
    "higher orders, torch.func": ("second_order", "functorch"),
    "vmap": ("vmap",),
    "layouts, shapes, arguments, rules": ("layouts", "shapes", "arguments", "rules"),
    "integrity, saved": ("integrity", "saved"),
    "dtypes, autocast": ("dtypes", "autocast"),
    "tensors, modes, checkpoint, tracing": ("tensors", "modes", "checkpoints", "tracing"),
    "compile, export, DDP, FSDP": ("compile", "export", "distributed"),
}
"""A row of the table, and the families of laws that it counts."""

HOW = "write the table anew: PYTHONPATH=tests python -m law_table"

Cell = tuple[int, int]


def fast(folder: Path | None = None) -> dict[tuple[str, str], Cell]:
    """Group and op to the number of laws that hold and that apply, over the laws that are judged for every case."""
    return _cells({case.name: case.op for case in CASES}, FAST, folder)


def slow(folder: Path | None = None) -> dict[tuple[str, str], Cell]:
    """The same for the laws on compilers and processes."""
    each = _cells({case.name: case.op for case in PRINCIPAL}, SLOW_EACH, folder)
    together = report(TOGETHER, SLOW_TOGETHER, folder).verdicts
    for group, families in GROUPS.items():
        held, applying = _count([[together[law.name]] for law in SLOW_TOGETHER if law.family in families])
        for op in ops():
            each[group, op] = each[group, op][0] + held, each[group, op][1] + applying
    return each


def ops() -> list[str]:
    """The public names of the ops, in the order of their cases."""
    return list(dict.fromkeys(case.op for case in CASES))


def _cells(op_of_case: dict[str, str], laws: list[Law], folder: Path | None) -> dict[tuple[str, str], Cell]:
    cells = {}
    for op in ops():
        found = [report(name, laws, folder).verdicts for name, its_op in op_of_case.items() if its_op == op]
        for group, families in GROUPS.items():
            cells[group, op] = _count(
                [[verdicts[law.name] for verdicts in found] for law in laws if law.family in families]
            )
    return cells


def _count(by_law: Iterable[list[Verdict]]) -> Cell:
    """How many laws hold for every case that they apply to, and how many apply to a case."""
    silent = (Status.NOT_APPLICABLE, Status.NOT_OFFERED)  # strict: what is not offered but should be is broken
    applying = [[v.status for v in verdicts if v.status not in silent] for verdicts in by_law]
    return sum(bool(a) and set(a) == {Status.HOLDS} for a in applying), sum(map(bool, applying))


def rows(cells: dict[tuple[str, str], Cell]) -> list[str]:
    """The lines of the table that ``cells`` fill; a row that they leave empty is left out."""
    return [_row(group, cells) for group in GROUPS if any(cells[group, op][1] for op in ops())]


def _row(group: str, cells: dict[tuple[str, str], Cell]) -> str:
    entries = [f"{held}/{applying}" if applying else "–" for held, applying in (cells[group, op] for op in ops())]
    return f"| {' | '.join([group, *entries])} |"


def head() -> list[str]:
    """The first two lines of the table."""
    return [f"| | {' | '.join(ops())} |", "|---" * (len(ops()) + 1) + "|"]


def shown() -> list[str]:
    """The lines that stand in the README."""
    found = BETWEEN.search(README.read_text(encoding="utf-8"))
    assert found, f"{README} has no table of laws: no line <!-- laws: begin … --> before a line <!-- laws: end -->"
    return found[0].splitlines()[1:-1]


def write(lines: list[str]) -> None:
    """Put the lines into the README."""
    text = README.read_text(encoding="utf-8")
    README.write_text(BETWEEN.sub(lambda m: m[1] + "\n".join([*lines, ""]) + m[2], text), encoding="utf-8")


if __name__ == "__main__":
    write([*head(), *rows(fast()), *rows(slow())])

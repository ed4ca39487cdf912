"""The tables of the README, between two comments each: what stands there was printed by the line in the first one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from benchmarks.report import Table
from ranges import ConfigurationError

README = ROOT / "README.md"


def with_places(path: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return those suites of ``names`` that have a place in the README.

    Raises:
        ConfigurationError: none has; the message says how to make one.
    """
    names, text = tuple(names), path.read_text(encoding="utf-8")
    placed = tuple(name for name in names if _place(name).search(text))
    if not placed:
        raise ConfigurationError(
            f"readme=true: {path.name} has no place for suite={names[0]}. Make one where its tables shall stand, in two "
            f"lines: {_begin(names[0])} and {_end(names[0])}"
        )
    return placed


def write(path: Path, name: str, about: dict[str, Any], tables: Iterable[Table]) -> None:
    """Put the tables of a suite into its place, with a line that says where they were measured."""
    own, versions = about["machine"], about["versions"]
    where = f"{own['processor']}, {own['threads']} of {own['cores']} cores, torch {versions['torch']}"
    commit = about["commit"][:8] + about["commit"][40:]  # of a hash the beginning, and "with changes"
    text = "\n".join([*map(as_markdown, tables), f"{where}, commit {commit}.\n"])
    content = path.read_text(encoding="utf-8")
    path.write_text(_place(name).sub(lambda found: f"{found[1]}{text}{found[2]}", content), encoding="utf-8")


def as_markdown(table: Table) -> str:
    """A title, the table and its note, for the eyes of a reader of Markdown."""
    rows = [table.columns, ["---", *["---:"] * (len(table.columns) - 1)], *table.rows]
    lines = [f"{table.title}:", "", *(f"| {' | '.join(row)} |" for row in rows), ""]
    return "\n".join([*lines, *([f"{table.note}.", ""] if table.note else [])])


def _begin(name: str) -> str:
    return f"<!-- {name}: begin (python scripts/bench.py suite={name} readme=true) -->"


def _end(name: str) -> str:
    return f"<!-- {name}: end -->"


def _place(name: str) -> re.Pattern[str]:
    return re.compile(f"({re.escape(_begin(name))}\n).*({re.escape(_end(name))})", re.DOTALL)

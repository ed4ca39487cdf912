"""How the cost of an epoch grows with the rows: ours under Lightning, over decades; the largest without a second copy.

``python -m benchmarks.scaling 1000000`` measures one table, in a process of its own, and prints it as JSON.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from typing import NamedTuple

import torch

from benchmarks.course import Course
from benchmarks.epochs import handgrad
from benchmarks.goals import Goal
from benchmarks.machine import ROOT
from benchmarks.report import Figure, Table
from benchmarks.resident import can_be_measured, growth_at_peak, return_freed_memory

SIZES, BATCH = (28, 32, 2), 256
ROWS, QUICK_ROWS = (10_000, 100_000, 1_000_000, 10_000_000), (1_000, 10_000)
EXPONENT, COPIES = 1.05, 2.0  # of the rows; and the table itself with one copy


class Point(NamedTuple):
    """A table of so many rows.

    Attributes:
        rows: of the whole table.
        steps: of an epoch.
        prepare: seconds to draw, check and split the table.
        epoch: seconds of an epoch.
        copies: memory at the peak of all that, as a multiple of the table in float32; None if it was not measured.
    """

    rows: int
    steps: int
    prepare: float
    epoch: float
    copies: float | None


def run(quick: bool) -> list[Point]:
    """Measure tables of more and more rows, in a quick run two small ones."""
    return [measure(rows) for rows in QUICK_ROWS] if quick else [_apart(rows) for rows in ROWS]


def measure(rows: int) -> Point:
    """Prepare a table and train on it for two epochs, of which the second one counts."""
    course = Course(SIZES, BATCH, round(rows * 0.8), 2)
    start = time.perf_counter()
    data = course.data().prepare()
    prepared = time.perf_counter()
    return Point(rows, course.steps, prepared - start, handgrad(course, data).seconds[-1], None)


def goals(points: list[Point]) -> list[Goal]:
    """Goal g."""
    where = f"{points[0].rows:,} to {points[-1].rows:,} rows"
    copies = points[-1].copies
    return [
        Goal("exponent of cost by rows", where, Figure([exponent(points)], EXPONENT)),
        Goal("memory / table", f"{points[-1].rows:,} rows", None if copies is None else Figure([copies], COPIES)),
    ]


def exponent(points: list[Point]) -> float:
    """The slope of log seconds over log rows by least squares: 1 for a cost that is proportional to the rows."""
    x, y = ([math.log(value) for value in values] for values in zip(*((p.rows, p.epoch) for p in points), strict=True))
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    return covariance / sum((a - x_mean) ** 2 for a in x)


def table(points: list[Point]) -> Table:
    """One table of data a row."""
    rows = [
        [
            f"{point.rows:,}",
            f"{point.steps:,}",
            f"{point.prepare:.3g}",
            f"{point.epoch:.3g}",
            f"{point.epoch / point.steps * 1e6:.3g}",
            "–" if point.copies is None else f"{point.copies:.2f}",
        ]
        for point in points
    ]
    columns = ["rows", "steps", "prepare, s", "an epoch, s", "µs a step", "memory / table"]
    note = f"memory: peak growth of the process over rows × {SIZES[0]} float32, drawing of the table included"
    return Table(f"Cost by rows: {'-'.join(map(str, SIZES))}, batches of {BATCH}", columns, rows, note)


def _apart(rows: int) -> Point:
    line = [sys.executable, "-m", "benchmarks.scaling", str(rows), str(torch.get_num_threads())]
    answer = subprocess.run(line, cwd=ROOT / "scripts", capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"{' '.join(line)} ended with {answer.returncode}:\n{answer.stderr}")
    return Point(**json.loads(answer.stdout.splitlines()[-1]))


def _main(rows: int, threads: int) -> None:
    torch.set_num_threads(threads)
    measure(1_000)  # what is taken once and for all
    if not can_be_measured():
        print(json.dumps(measure(rows)._asdict()))
        return
    return_freed_memory()
    points: list[Point] = []
    taken = growth_at_peak(lambda: points.append(measure(rows)))
    print(json.dumps(points[0]._replace(copies=taken / (rows * SIZES[0] * 4))._asdict()))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))

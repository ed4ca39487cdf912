"""How the cost of an epoch grows with the rows: ours under Lightning, over three decades; the largest without a second copy.

``python -m benchmarks.scaling ROWS THREADS`` measures one table, in a process of its own, and prints it as JSON.
"""

from __future__ import annotations

import json
import operator
import statistics
import sys
import time
from typing import NamedTuple

import torch

from benchmarks.allocator import return_freed_memory
from benchmarks.apart import apart
from benchmarks.course import Course
from benchmarks.epochs import handgrad
from benchmarks.goals import Goal
from benchmarks.report import Figure, Table
from benchmarks.resident import can_be_measured, growth_at_peak

SIZES, BATCH = (28, 32, 2), 256
MANY = 100_000  # rows from which two epochs take long enough
ROWS, QUICK_ROWS = (10_000, 100_000, 1_000_000, 10_000_000), (1_000, 10_000)
DEVIATION, COPIES = 0.1, 2.0  # from a straight line; and the table itself with one copy
ROW_BYTES = SIZES[0] * 4 + 8 + 8  # float32, the class, and a place in the order of the rows


class Point(NamedTuple):
    """A table of so many rows.

    Attributes:
        rows: of the whole table.
        steps: of an epoch.
        prepare: seconds to draw, check and split the table.
        epoch: seconds of an epoch.
        copies: memory at the peak of all that, as a multiple of the table with classes and order; None if not measured.
    """

    rows: int
    steps: int
    prepare: float
    epoch: float
    copies: float | None


def run(quick: bool) -> list[Point]:
    """Measure tables of more and more rows, in a quick run two small ones."""
    return [measure(rows) for rows in QUICK_ROWS] if quick else [Point(**apart("scaling", str(rows))) for rows in ROWS]


def measure(rows: int) -> Point:
    """Prepare a table and train on it for some epochs; the first one does not count."""
    course = Course(SIZES, BATCH, round(rows * 0.8), 2 if rows > MANY else 8)
    start = time.perf_counter()
    data = course.data().prepare()
    prepared = time.perf_counter()
    return Point(rows, course.steps, prepared - start, statistics.median(handgrad(course, data).seconds), None)


def goals(points: list[Point]) -> list[Goal]:
    """Goal g."""
    span, copies = f"{points[0].rows:,} to {points[-1].rows:,} rows", points[-1].copies
    off = Figure([largest_deviation(points)], DEVIATION) if len(points) > 2 else None
    held = None if copies is None else Figure([copies], COPIES)
    return [Goal("off a straight line", span, off), Goal("memory / table", f"{points[-1].rows:,} rows", held)]


def line(points: list[Point]) -> tuple[float, float]:
    """``(fixed, per row)`` seconds of an epoch, by least squares of the relative deviations: each size counts alike."""
    ones, slopes = [1 / point.epoch for point in points], [point.rows / point.epoch for point in points]
    a, b, c = (sum(map(operator.mul, *pair)) for pair in ((ones, ones), (ones, slopes), (slopes, slopes)))
    d, e = sum(ones), sum(slopes)
    return (d * c - e * b) / (a * c - b * b), (e * a - d * b) / (a * c - b * b)


def largest_deviation(points: list[Point]) -> float:
    """How far the worst size is from the line, relative to what it takes."""
    fixed, per_row = line(points)
    return max(abs((fixed + per_row * point.rows) / point.epoch - 1) for point in points)


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
    fixed, per_row = line(points)
    note = (
        f"an epoch: {fixed * 1e3:.3g} ms + {per_row * 1e6:.3g} µs a row; memory: growth of the process at its peak over "
        f"{ROW_BYTES} bytes a row (float32, class, order), with the drawing of the table"
    )
    return Table(f"Cost by rows: {'-'.join(map(str, SIZES))}, batches of {BATCH}", columns, rows, note)


def _main(rows: int, threads: int) -> None:
    torch.set_num_threads(threads)
    measure(1_000)  # what is taken once and for all
    if not can_be_measured():
        print(json.dumps(measure(rows)._asdict()))
        return
    return_freed_memory(above=2**24)  # less would cost time, which is measured too
    points: list[Point] = []
    taken = growth_at_peak(lambda: points.append(measure(rows)))
    print(json.dumps(points[0]._replace(copies=taken / (rows * ROW_BYTES))._asdict()))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))

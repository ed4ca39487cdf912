"""What a training step takes of memory at its peak, and a cross entropy over many classes: ours beside torch.nn."""

from __future__ import annotations

import torch
from torch.nn import functional

from benchmarks.allocator import keep_freed_memory
from benchmarks.apart import apart
from benchmarks.goals import Goal, goal_table, with_summary
from benchmarks.memory_work import CASES, NATIVE, QUICK, Case, cross_entropy_call
from benchmarks.report import Figure, Result, Table
from benchmarks.resident import can_be_measured
from benchmarks.timing import Effort, pairs
from handgrad.engine import ENGINES
from handgrad.ops import cross_entropy

OURS = "loop"
PEAK_LIMIT, TIME_LIMIT = 0.6, 1.0  # of the cross entropy, over torch's
MIB = 2**20


def run(quick: bool) -> Result:
    """Measure the peaks, each contender in its own process, and the time of the cross entropy; a quick run knows two."""
    cases, repeats = QUICK if quick else CASES, 1 if quick else 3
    names = [NATIVE, *([OURS] if quick else ENGINES)]
    peaks: dict[str, dict[str, list[int]]] = {}
    if can_be_measured():
        peaks = {name: apart("memory_work", name, str(int(quick)), str(repeats)) for name in names}
    ratio = _time_ratio(cases[-1], Effort(0.5, 3) if quick else Effort(10.0, 9))
    goals = [*_goals(peaks, cases), Goal("time, ours / torch's", cases[-1].name, Figure(ratio, TIME_LIMIT))]
    promised = goal_table(goals, "peaks over torch.nn's; times of forward and backward, medians of ratios by repeats")
    table = _table(peaks, cases)
    record = {"bytes": peaks, "goals": [goal.record() for goal in goals]}
    return Result(record, [table, promised], [with_summary(table, goals)])


def _time_ratio(case: Case, effort: Effort) -> list[float]:
    keep_freed_memory()
    torch.manual_seed(0)
    ours, native = (cross_entropy_call(op, case) for op in (cross_entropy, functional.cross_entropy))
    return [own / theirs for own, theirs in pairs(ours, native, effort)]


def _goals(peaks: dict[str, dict[str, list[int]]], cases: tuple[Case, ...]) -> list[Goal]:
    """Goal e, but for the time."""
    goals = []
    for case in cases:
        limit = 1.0 if case.activation else PEAK_LIMIT
        what = "peak, loop / torch.nn" if case.activation else "peak, ours / torch's"
        goals.append(Goal(what, case.name, Figure(_over(peaks, case), limit) if peaks else None))
    return goals


def _over(peaks: dict[str, dict[str, list[int]]], case: Case) -> list[float]:
    own, native = (peaks[side][case.name] for side in (OURS, NATIVE))
    return [a / b for a, b in zip(own, native, strict=True)]


def _table(peaks: dict[str, dict[str, list[int]]], cases: tuple[Case, ...]) -> Table:
    rows = [[_label(name), *(_cell(of_name[case.name]) for case in cases)] for name, of_name in peaks.items()]
    note = (
        "what a process holds at the peak of two steps of plain SGD beyond network and data, in pages as Linux counts them, "
        "with what MKL and oneDNN take and what is kept; a first run beforehand does not count"
    )
    if not peaks:
        note = "not measured: the peak of a process can be reset on Linux only"
    return Table("Memory at the peak of a training step, MiB", ["", *(case.name for case in cases)], rows, note)


def _label(name: str) -> str:
    return name if name == NATIVE else f"engine={name}"


def _cell(values: list[int]) -> str:
    return f"{Figure([value / MIB for value in values]).median:.0f}"

"""What a training step costs: our engines beside what people use, on five networks from tiny to large."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import torch

from benchmarks import peers
from benchmarks.allocator import keep_freed_memory
from benchmarks.contenders import EAGER, FLOOR, OURS, PEERS, SLOW_TO_BUILD
from benchmarks.contest import Builder, Timed, contest
from benchmarks.goals import goal_table, with_summary
from benchmarks.problem import Problem
from benchmarks.report import Figure, Result, Table
from benchmarks.step_goals import NOTE, step_goals
from benchmarks.timing import Effort, Turn

PROBLEMS = (
    Problem((4, 16, 2), 32, 50),
    Problem((13, 64, 64, 3), 64, 50),
    Problem((784, 256, 10), 128, 50),
    Problem((784, 1024, 1024, 10), 256, 10),
    Problem((1024, 4096, 4096, 10), 512, 2),
)
QUICK = (*PROBLEMS[:2], Problem((784, 256, 10), 128, 10), Problem((784, 1024, 1024, 10), 256, 2))
FREE = 0.8  # of a core: below that, others work on the machine


def run(quick: bool) -> Result:
    """Time everybody in turn, on each network; in a quick run without those that a compiler has to build."""
    builders = OURS | PEERS
    left_out = dict.fromkeys(SLOW_TO_BUILD if quick else (), "left out of a quick run")
    effort = Effort(0.5, 3) if quick else Effort(15.0, 9)
    entered = {name: build for name, build in builders.items() if name not in left_out}
    keep_freed_memory()
    with one_pool(torch.get_num_threads()):
        measured = [measure(problem, entered, effort) for problem in (QUICK if quick else PROBLEMS)]
    goals = step_goals(measured)
    overview = _overview(measured, [*builders, FLOOR], left_out)
    promised = goal_table(goals, NOTE)
    record = {
        "networks": {own.problem.name: _record(own) for own in measured},
        "left_out": left_out,
        "goals": [goal.record() for goal in goals],
    }
    return Result(record, [overview, *map(_details, measured), promised], [with_summary(overview, goals)])


def one_pool(threads: int) -> AbstractContextManager[Any]:
    """So many threads for NumPy's and SciPy's products, as torch has."""
    from threadpoolctl import threadpool_limits

    limited: AbstractContextManager[Any] = threadpool_limits(threads, user_api="blas")
    return limited


def measure(problem: Problem, builders: Mapping[str, Builder], effort: Effort) -> Timed:
    """Time everybody on one network."""
    torch.compiler.reset()  # it gives up on a function that it compiled for too many networks
    return contest(problem, builders, {FLOOR: peers.products(problem)}, effort)


def _overview(measured: list[Timed], names: list[str], left_out: dict[str, str]) -> Table:
    rows = [[name, *(_cell(own, name) for own in measured)] for name in names if name not in left_out]
    reasons = [*_reasons(measured), *(f"{name}: {why}" for name, why in left_out.items())]
    threads = torch.get_num_threads()
    note = f"medians, float32, plain SGD, {threads} thread{'s' if threads > 1 else ''}{_busy(measured)}"
    title = "A training step (forward, backward, update), µs"
    return Table(title, ["", *(own.problem.name for own in measured)], rows, "; ".join([note, *reasons]))


def _reasons(measured: list[Timed]) -> list[str]:
    """Why who was not timed, and where if not everywhere."""
    where: dict[tuple[str, str], list[str]] = {}
    for own in measured:
        for absence in own.absent.items():
            where.setdefault(absence, []).append(own.problem.name)
    return [
        f"{name}: {why}" if len(places) == len(measured) else f"{name} ({' and '.join(places)}): {why}"
        for (name, why), places in where.items()
    ]


def _busy(measured: list[Timed]) -> str:
    """A warning where others took the processor away: long calls suffer more from that than short ones do."""
    share = statistics.median(turn.cores for own in measured for turns in own.turns.values() for turn in turns)
    return f"; THE MACHINE WAS BUSY, {share:.0%} of a core was ours: repeat" if share < FREE else ""


def _cell(own: Timed, name: str) -> str:
    return microseconds(own.steps(name)) if own.has(name) else "–"


def microseconds(seconds: list[float]) -> str:
    """The median with three digits."""
    value = statistics.median(seconds) * 1e6
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _details(own: Timed) -> Table:
    rows = []
    for name, turns in own.turns.items():
        figure = Figure([seconds * 1e6 for seconds in own.steps(name)])
        times = Figure(own.ratios(EAGER, name)).cells(2)[:2] if own.has(EAGER) else ["–", "–"]
        rows.append([name, *figure.cells(1)[:2], f"{min(figure.values):.1f}", *times, f"{_cores(turns):.2f}"])
    columns = ["", "µs a step", "middle half", "least", "times faster", "middle half", "cores"]
    note = f"times faster than {EAGER}, by repeats; cores: processor time over wall time, below 1 on a shared machine"
    return Table(f"{own.problem.name}: {len(next(iter(own.turns.values())))} repeats in turn", columns, rows, note)


def _record(own: Timed) -> dict[str, Any]:
    return {
        "contenders": {
            name: {
                "us": Figure([seconds * 1e6 for seconds in own.steps(name)]).record(),
                "times_faster_than_eager": Figure(own.ratios(EAGER, name)).record() if own.has(EAGER) else None,
                "cores": _cores(turns),
            }
            for name, turns in own.turns.items()
        },
        "absent": own.absent,
    }


def _cores(turns: list[Turn]) -> float:
    return statistics.median(turn.cores for turn in turns)

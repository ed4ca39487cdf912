"""What a training step costs: our engines beside what people use, on five networks from tiny to large."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import torch

from benchmarks import peers
from benchmarks.allocator import keep_freed_memory
from benchmarks.contest import Builder, Timed, contest
from benchmarks.goals import Goal, goal_table
from benchmarks.problem import Problem
from benchmarks.report import Figure, Result, Table
from benchmarks.timing import Effort, Turn
from handgrad.engine import ENGINES

OURS = "engine=loop"
EAGER, FLOOR, SCAN = "torch eager", "the matrix products alone", "JAX, all steps in one scan"
COMPILED = "torch.compile"
JIT, NUMPY, SKLEARN = "JAX jit", "NumPy by hand", "scikit-learn"
PEERS: dict[str, Builder] = {
    EAGER: peers.eager,
    COMPILED: peers.compiled,
    JIT: peers.jitted,
    SCAN: peers.scanned,
    SKLEARN: peers.sklearn_loop,
    NUMPY: peers.by_hand,
}
SLOW_TO_BUILD = (COMPILED, "engine=compiled")  # seconds of a compiler for each network

PROBLEMS = (
    Problem((4, 16, 2), 32, 50),
    Problem((13, 64, 64, 3), 64, 50),
    Problem((784, 256, 10), 128, 50),
    Problem((784, 1024, 1024, 10), 256, 10),
    Problem((1024, 4096, 4096, 10), 512, 2),
)
QUICK = (*PROBLEMS[:2], Problem((784, 256, 10), 128, 10), Problem((784, 1024, 1024, 10), 256, 2))
TIMES_EAGER = dict(zip((own.sizes for own in PROBLEMS[:4]), (5.0, 4.0, 1.35, 1.25), strict=True))  # faster at least
LARGEST, OVER_FLOOR = PROBLEMS[-1].sizes, 1.03  # there it is compared with the products
GOALS = f"medians of ratios within a repeat; rivals: {NUMPY}, {JIT}, {SKLEARN}"


class Measured(NamedTuple):
    """A network, and what came of its contest."""

    problem: Problem
    timed: Timed

    def steps(self, name: str) -> list[float]:
        """Seconds of a step, one for each repeat."""
        return [turn.seconds / self.problem.steps for turn in self.timed.turns[name]]

    def ratios(self, name: str, over: str) -> list[float]:
        """What one costs over what another one costs, repeat by repeat."""
        return [a / b for a, b in zip(self.steps(name), self.steps(over), strict=True)]

    def has(self, *names: str) -> bool:
        """Whether these were timed."""
        return set(names) <= set(self.timed.turns)


def run(quick: bool) -> Result:
    """Time everybody in turn, on each network; in a quick run without those that a compiler has to build."""
    builders = {f"engine={name}": peers.engine(name) for name in ENGINES} | PEERS
    left_out = dict.fromkeys(SLOW_TO_BUILD if quick else (), "left out of a quick run")
    effort = Effort(0.5, 3) if quick else Effort(15.0, 9)
    entered = {name: build for name, build in builders.items() if name not in left_out}
    keep_freed_memory()
    with one_pool(torch.get_num_threads()):
        measured = [measure(problem, entered, effort) for problem in (QUICK if quick else PROBLEMS)]
    goals = _goals(measured)
    overview = _overview(measured, [*builders, FLOOR], left_out)
    promised = goal_table(goals, GOALS)
    record = {
        "networks": {own.problem.name: _record(own) for own in measured},
        "left_out": left_out,
        "goals": [goal.record() for goal in goals],
    }
    return Result(record, [overview, *map(_details, measured), promised], [overview, promised])


def one_pool(threads: int) -> AbstractContextManager[Any]:
    """So many threads for NumPy's and SciPy's products, as torch has."""
    from threadpoolctl import threadpool_limits

    limited: AbstractContextManager[Any] = threadpool_limits(threads, user_api="blas")
    return limited


def measure(problem: Problem, builders: Mapping[str, Builder], effort: Effort) -> Measured:
    """Time everybody on one network."""
    torch.compiler.reset()  # it gives up on a function that it compiled for too many networks
    return Measured(problem, contest(problem, builders, {FLOOR: peers.products(problem)}, effort))


def _goals(measured: list[Measured]) -> list[Goal]:
    return [goal for own in measured for goal in [_against_known_cost(own), _never_slower(own), *_record_to_beat(own)]]


def _against_known_cost(own: Measured) -> Goal:
    """Goal a, first part."""
    where = own.problem.name
    if own.problem.sizes == LARGEST:
        figure = Figure(own.ratios(OURS, FLOOR), OVER_FLOOR) if own.has(OURS) else None
        return Goal("loop / the products", where, figure)
    figure = Figure(own.ratios(EAGER, OURS), least=TIMES_EAGER[own.problem.sizes]) if own.has(OURS, EAGER) else None
    return Goal("torch eager / loop", where, figure)


def _never_slower(own: Measured) -> Goal:
    """Goal a, second part."""
    return _over_the_quickest("loop / quickest rival", own, [OURS], [NUMPY, JIT, SKLEARN])


def _record_to_beat(own: Measured) -> list[Goal]:
    """Goal b, on all but the largest network."""
    if own.problem.sizes == LARGEST:
        return []
    return [_over_the_quickest("best engine / JAX scan", own, [f"engine={name}" for name in ENGINES], [SCAN])]


def _over_the_quickest(what: str, own: Measured, ours: list[str], theirs: list[str]) -> Goal:
    sides = [[name for name in names if own.has(name)] for names in (ours, theirs)]
    if not all(sides):
        return Goal(what, own.problem.name, None)
    best, rival = (min(side, key=lambda name: statistics.median(own.steps(name))) for side in sides)
    return Goal(what, own.problem.name, Figure(own.ratios(best, rival), 1.0))


def _overview(measured: list[Measured], names: list[str], left_out: dict[str, str]) -> Table:
    rows = [[name, *(_cell(own, name) for own in measured)] for name in names if name not in left_out]
    reasons = {f"{name}: {why}" for own in measured for name, why in own.timed.absent.items()}
    reasons |= {f"{name}: {why}" for name, why in left_out.items()}
    threads = torch.get_num_threads()
    note = f"medians, float32, plain SGD, {threads} thread{'s' if threads > 1 else ''}"
    title = "A training step (forward, backward, update), µs"
    return Table(title, ["", *(own.problem.name for own in measured)], rows, "; ".join([note, *sorted(reasons)]))


def _cell(own: Measured, name: str) -> str:
    return microseconds(own.steps(name)) if own.has(name) else "–"


def microseconds(seconds: list[float]) -> str:
    """The median with three digits."""
    value = statistics.median(seconds) * 1e6
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _details(own: Measured) -> Table:
    rows = []
    for name, turns in own.timed.turns.items():
        figure = Figure([seconds * 1e6 for seconds in own.steps(name)])
        times = Figure(own.ratios(EAGER, name)).cells(2)[:2] if own.has(EAGER) else ["–", "–"]
        rows.append([name, *figure.cells(1)[:2], f"{min(figure.values):.1f}", *times, f"{_cores(turns):.2f}"])
    columns = ["", "µs a step", "middle half", "least", "times faster", "middle half", "cores"]
    note = f"times faster than {EAGER}, by repeats; cores: processor time over wall time, below 1 on a shared machine"
    return Table(
        f"{own.problem.name}: {len(next(iter(own.timed.turns.values())))} repeats in turn", columns, rows, note
    )


def _record(own: Measured) -> dict[str, Any]:
    return {
        "contenders": {
            name: {
                "us": Figure([seconds * 1e6 for seconds in own.steps(name)]).record(),
                "times_faster_than_eager": Figure(own.ratios(EAGER, name)).record() if own.has(EAGER) else None,
                "cores": _cores(turns),
            }
            for name, turns in own.timed.turns.items()
        },
        "absent": own.timed.absent,
    }


def _cores(turns: list[Turn]) -> float:
    return statistics.median(turn.cores for turn in turns)

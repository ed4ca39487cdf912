"""What was promised of a training step."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from benchmarks.contenders import EAGER, FLOOR, JIT, LOOP, NUMPY, OURS, SCAN, SKLEARN
from benchmarks.contest import Timed
from benchmarks.goals import Goal
from benchmarks.report import Figure

TIMES_EAGER: dict[tuple[int, ...], float] = {
    (4, 16, 2): 5.0,
    (13, 64, 64, 3): 4.0,
    (784, 256, 10): 1.35,
    (784, 1024, 1024, 10): 1.25,
}
"""How many times faster than eager torch, at least; a larger network is compared with its products."""
OVER_FLOOR = 1.03
NOTE = f"medians of ratios within a repeat; rivals: {NUMPY}, {JIT}, {SKLEARN}"


def step_goals(measured: Iterable[Timed]) -> list[Goal]:
    """All goals of all networks."""
    return [goal for own in measured for goal in [_against_known_cost(own), _never_slower(own), *_record_to_beat(own)]]


def _against_known_cost(own: Timed) -> Goal:
    """Goal a, first part."""
    where, least = own.problem.name, TIMES_EAGER.get(own.problem.sizes)
    if least is None:
        figure = Figure(own.ratios(LOOP, FLOOR), OVER_FLOOR) if own.has(LOOP) else None
        return Goal("loop / the products", where, figure)
    figure = Figure(own.ratios(EAGER, LOOP), least=least) if own.has(LOOP, EAGER) else None
    return Goal("torch eager / loop", where, figure)


def _never_slower(own: Timed) -> Goal:
    """Goal a, second part."""
    return _over_the_quickest("loop / quickest rival", own, [LOOP], [NUMPY, JIT, SKLEARN])


def _record_to_beat(own: Timed) -> list[Goal]:
    """Goal b, but for a larger network."""
    if own.problem.sizes not in TIMES_EAGER:
        return []
    return [_over_the_quickest("best engine / JAX scan", own, [*OURS], [SCAN])]


def _over_the_quickest(what: str, own: Timed, ours: list[str], theirs: list[str]) -> Goal:
    sides = [[name for name in names if own.has(name)] for names in (ours, theirs)]
    if not all(sides):
        return Goal(what, own.problem.name, None)
    best, rival = (min(side, key=lambda name: statistics.median(own.steps(name))) for side in sides)
    return Goal(what, own.problem.name, Figure(own.ratios(best, rival), 1.0))

"""What an epoch costs under Lightning, everything on: ours beside others' modules and the bare engine; and how cost grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from benchmarks import scaling
from benchmarks.allocator import keep_freed_memory
from benchmarks.contenders import engines
from benchmarks.contest import AbsentError
from benchmarks.course import Course, Synthetic
from benchmarks.epochs import Epochs, bare, handgrad, tuned, usual
from benchmarks.goals import Goal, goal_table, with_summary
from benchmarks.report import Figure, Result, Table
from benchmarks.steps import microseconds

OURS, USUAL, TUNED = "handgrad", "Lightning + torchmetrics, usual", "Lightning, tuned"
FITS = {OURS: handgrad, USUAL: usual, TUNED: tuned}
Fit = Callable[[Course, Synthetic], Epochs]

COURSES = (Course((4, 16, 2), 32, 32_768, 3), Course((784, 256, 10), 128, 61_440, 3))
QUICK = (Course((4, 16, 2), 32, 4_096, 2), Course((784, 256, 10), 128, 2_048, 2))
TIMES_USUAL: dict[tuple[int, ...], float] = {(4, 16, 2): 40.0, (784, 256, 10): 4.0}  # faster at least
OVER_BARE = 1.25
FASTEST = "loop"  # what engine=auto takes, and so did ours
SAME_LOSS = 0.05  # relative: the order of the rows is everyone's own


class Trained(NamedTuple):
    """A course, and what came of it.

    Attributes:
        course: what was trained.
        epochs: seconds of each counted epoch, by name.
        losses: of validation after the last epoch, by name.
    """

    course: Course
    epochs: dict[str, list[float]]
    losses: dict[str, float]

    def steps(self, name: str) -> list[float]:
        """Seconds of an epoch by its steps."""
        return [seconds / self.course.steps for seconds in self.epochs[name]]

    def ratios(self, name: str, over: str) -> list[float]:
        """What one costs over what another costs, in the same repeat."""
        return [a / b for a, b in zip(self.epochs[name], self.epochs[over], strict=True)]


def run(quick: bool) -> Result:
    """Train each course in turn with everybody, several times; then ours on more and more rows."""
    keep_freed_memory()
    fits: dict[str, Fit] = {**FITS, **{_bare_name(name): partial(bare, name) for name in engines(quick)}}
    trained = [in_turn(course, fits, 1 if quick else 5) for course in (QUICK if quick else COURSES)]
    growth = scaling.run(quick)
    goals = [goal for own in trained for goal in _goals(own)] + scaling.goals(growth)
    overview = _overview(trained)
    promised = goal_table(goals, "medians; an epoch over another of the same repeat")
    record = {
        "courses": {own.course.name: _record(own) for own in trained},
        "growth": [point._asdict() for point in growth],
        "goals": [goal.record() for goal in goals],
    }
    tables = [overview, *map(_details, trained), scaling.table(growth), promised]
    return Result(record, tables, [overview, with_summary(scaling.table(growth), goals)])


def in_turn(course: Course, fits: Mapping[str, Fit], repeats: int) -> Trained:
    """Let each train once in every repeat; refuse who arrives at another loss.

    Raises:
        AbsentError: the loss of validation differs from the first one's by more than the order of the rows explains.
    """
    data = course.data().prepare()
    trained = Trained(course, {name: [] for name in fits}, {})
    for _ in range(repeats):
        for name, fit in fits.items():
            epochs = fit(course, data)
            trained.epochs[name] += epochs.seconds
            trained.losses[name] = epochs.loss
            first = next(iter(trained.losses.values()))
            if not abs(epochs.loss / first - 1) <= SAME_LOSS:
                raise AbsentError(f"{name} trains something else: its loss is {epochs.loss:.4f}, not {first:.4f}")
    return trained


def _bare_name(engine: str) -> str:
    return f"the bare engine={engine}"


def _goals(own: Trained) -> list[Goal]:
    """Goal c."""
    where, least = own.course.name, TIMES_USUAL[own.course.sizes]
    return [
        Goal("usual Lightning / handgrad", where, Figure(own.ratios(USUAL, OURS), least=least)),
        Goal("handgrad / bare engine", where, Figure(own.ratios(OURS, _bare_name(FASTEST)), OVER_BARE)),
    ]


def _overview(trained: list[Trained]) -> Table:
    rows = [[name, *(microseconds(own.steps(name)) for own in trained)] for name in trained[0].epochs]
    columns = ["", *(f"{own.course.name}, {own.course.rows} rows" for own in trained)]
    note = (
        "medians of whole epochs after the first, over their steps: order, steps, validation, metrics, logs, checkpoint"
    )
    return Table("An epoch through Trainer.fit, µs a step", columns, rows, note)


def _details(own: Trained) -> Table:
    rows = []
    for name in own.epochs:
        cost, times = Figure([s * 1e6 for s in own.steps(name)]), Figure(own.ratios(USUAL, name))
        rows.append([name, *cost.cells(1)[:2], *times.cells(2)[:2], f"{own.losses[name]:.4f}"])
    columns = ["", "µs a step", "middle half", "times faster", "middle half", "val/loss"]
    return Table(
        f"{own.course.name}: {len(own.epochs[OURS])} epochs of {own.course.steps} steps",
        columns,
        rows,
        f"times faster than {USUAL}",
    )


def _record(own: Trained) -> dict[str, Any]:
    return {
        "rows": own.course.rows,
        "contenders": {
            name: {
                "us_a_step": Figure([s * 1e6 for s in own.steps(name)]).record(),
                "times_faster_than_usual": Figure(own.ratios(USUAL, name)).record(),
                "val_loss": own.losses[name],
            }
            for name in own.epochs
        },
    }

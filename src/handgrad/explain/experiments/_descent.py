"""Gradient descent on curves of one weight (SPEC S6): the steps, the learning rate, the minima, the noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf

from torch import Generator

from handgrad.explain.experiments._chapter_curve import behaviour, chapter_curve, descend, slope_and_curvature
from handgrad.explain.experiments._descent_figure import draw_descent
from handgrad.explain.experiments._descent_record import DescentRecord, Rate, Valleys
from handgrad.explain.experiments._descent_words import descent_words
from handgrad.explain.experiments._gradient_noise import gradient_noise
from handgrad.explain.experiments._requirement import require
from handgrad.explain.experiments._result import Result, Table
from handgrad.explain.experiments._two_minima import TwoMinima, minimum_reached, turning_points

CHAPTER_START, CHAPTER_RATE, CHAPTER_STEPS = 3.0, 0.5, 2
"""What the chapter does: from w = 3 with η = 0.5, two steps."""


@dataclass(frozen=True)
class Descent:
    """The chapter's example exactly, then what happens when one thing in it is changed.

    Args:
        rates: learning rates to compare on the chapter's curve.
        steps: how many steps each of them takes.
        rows: rows behind the curve with two minima.
        start: where SGD begins on that curve, between the minima.
        lr: its learning rate.
        batch_size: its rows in a step.
        sgd_steps: its steps.
        runs: how many seeds it is run with.
        batch_sizes: the batch sizes whose noise is measured.
        draws: how many batches of each are drawn for it.
        seed: of the rows' noise and of everything that is drawn.

    Raises:
        ValueError: a value is out of its range.
    """

    rates: Sequence[float] = (0.03, 0.3, 0.7, 0.8)
    steps: int = 10
    rows: int = 120
    start: float = -0.4
    lr: float = 0.5
    batch_size: int = 4
    sgd_steps: int = 100
    runs: int = 16
    batch_sizes: Sequence[int] = (1, 2, 4, 8, 16, 32, 64)
    draws: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        rates_hold = bool(self.rates) and all(0 < rate < inf for rate in self.rates)
        require(rates_hold, "Descent", "one or more rates above 0", list(self.rates))
        require(0 < self.lr < inf, "Descent", "lr above 0", self.lr)
        for name in ("steps", "sgd_steps", "runs"):
            require(getattr(self, name) >= 1, "Descent", f"{name} of at least 1", getattr(self, name))
        require(self.rows >= 20, "Descent", "rows of at least 20, for a curve with two minima", self.rows)
        require(self.draws >= 2, "Descent", "draws of at least 2, for a standard deviation", self.draws)
        require(abs(self.start) <= 5, "Descent", "start between -5 and 5", self.start)
        sizes = [self.batch_size, *self.batch_sizes]
        what = f"batch_size and batch_sizes of 1 to the {self.rows} rows"
        require(len(sizes) > 1 and all(1 <= size <= self.rows for size in sizes), "Descent", what, sizes)

    def run(self) -> Result:
        """Go down, and return the numbers, the words and the figure."""
        record = self._record()
        tables = [_rates(record), _steps(record), _ends(record), _ways(record), _noise(record)]
        return Result("descent", tables, descent_words(record), lambda: draw_descent(record))

    def _record(self) -> DescentRecord:
        _, curvature = slope_and_curvature(chapter_curve, CHAPTER_START)
        rows = TwoMinima.of(self.rows, Generator().manual_seed(self.seed))
        return DescentRecord(
            chapter=descend(chapter_curve, CHAPTER_START, CHAPTER_RATE, CHAPTER_STEPS),
            chapter_lr=CHAPTER_RATE,
            curvature=curvature,
            rates=[self._rate(rate, curvature) for rate in self.rates],
            valleys=self._valleys(rows),
            noise=gradient_noise(rows, self.start, self.batch_sizes, self.draws, Generator().manual_seed(self.seed)),
            draws=self.draws,
        )

    def _rate(self, rate: float, curvature: float) -> Rate:
        places = descend(chapter_curve, CHAPTER_START, rate, self.steps)
        return Rate(rate, 1 - rate * curvature, behaviour(rate, curvature), places)

    def _valleys(self, rows: TwoMinima) -> Valleys:
        w, loss, slopes = rows.curve()
        minima, maxima = turning_points(w, slopes)
        seeds = range(self.seed, self.seed + self.runs)
        ways = rows.descend(self.start, self.lr, self.sgd_steps, self.batch_size, seeds)
        full_way = rows.descend(self.start, self.lr, self.sgd_steps, self.rows, [self.seed]).squeeze(1)
        return Valleys(
            *(w, loss, minima, maxima),
            lr=self.lr,
            batch_size=self.batch_size,
            rows=self.rows,
            seeds=seeds,
            ways=ways,
            full_way=full_way,
            reached=[minimum_reached(end, minima, maxima) for end in ways[-1].tolist()],
            full_reached=minimum_reached(full_way[-1].item(), minima, maxima),
        )


def _rates(record: DescentRecord) -> Table:
    return Table.of(
        "descent",
        [
            {
                "learning_rate": rate.lr,
                "error_factor_per_step": rate.factor,
                "behaviour": rate.behaviour,
                "steps_to_a_hundredth": rate.steps_to_arrive,
                f"w_after_{len(rate.places) - 1}_steps": rate.places[-1].w,
                f"loss_after_{len(rate.places) - 1}_steps": rate.places[-1].loss,
            }
            for rate in record.rates
        ],
    )


def _steps(record: DescentRecord) -> Table:
    ways = [("chapter", record.chapter_lr, record.chapter)]
    ways += [("compared", rate.lr, rate.places) for rate in record.rates]
    rows = [{"run": run, "learning_rate": lr, **place._asdict()} for run, lr, way in ways for place in way]
    return Table.of("descent_steps", rows)


def _ends(record: DescentRecord) -> Table:
    valleys = record.valleys
    ends = zip(valleys.seeds, valleys.ways[-1].tolist(), valleys.reached, strict=True)
    runs: list[tuple[int | None, int, float, int]] = [(seed, valleys.batch_size, *end) for seed, *end in ends]
    runs.append((None, valleys.rows, valleys.full_way[-1].item(), valleys.full_reached))
    return Table.of(
        "descent_minima",
        [
            {
                "seed": seed,
                "batch_size": size,
                "start": valleys.ways[0, 0].item(),
                "end": w,
                "minimum": valleys.minima[index],
                "loss_at_minimum": valleys.loss_at(valleys.minima[index]),
            }
            for seed, size, w, index in runs
        ],
    )


def _ways(record: DescentRecord) -> Table:
    valleys = record.valleys
    columns = {f"seed_{seed}": way for seed, way in zip(valleys.seeds, valleys.ways.T.tolist(), strict=True)}
    return Table("descent_ways", {"step": range(len(valleys.ways)), **columns, "all_rows": valleys.full_way.tolist()})


def _noise(record: DescentRecord) -> Table:
    return Table.of("descent_noise", [asdict(noise) for noise in record.noise])

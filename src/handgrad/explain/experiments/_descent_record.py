"""The numbers of the experiment ``descent``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from torch import Tensor

from handgrad.explain.experiments._chapter_curve import Step
from handgrad.explain.experiments._gradient_noise import Noise

_NEAR = 0.01  # of the error at the start: what counts as arrived


@dataclass(frozen=True)
class Rate:
    """Gradient descent on the chapter's curve with one learning rate.

    Attributes:
        lr: the learning rate.
        factor: ``1 − η L''``, what a step multiplies the error ``w − w*`` by.
        behaviour: what comes of it.
        places: where it went.
    """

    lr: float
    factor: float
    behaviour: str
    places: list[Step]

    @property
    def steps_to_arrive(self) -> float | None:
        """How many steps, a fraction allowed, leave a hundredth of the error; None if no number does."""
        if abs(self.factor) >= 1:
            return None
        return log(_NEAR) / log(abs(self.factor)) if self.factor else 1.0


@dataclass(frozen=True)
class Valleys:
    """SGD on the curve with two minima.

    Attributes:
        w: places along the curve.
        loss: the error over all rows there.
        minima: where it is lowest in its neighbourhood.
        maxima: where it is highest.
        lr: the learning rate.
        batch_size: rows in a step.
        rows: rows in all.
        seeds: of the batches.
        ways: where SGD went, shape (steps + 1, seeds).
        full_way: where gradient descent over all rows went from the same start, shape (steps + 1,).
        reached: the index of the minimum that each seed ended at.
        full_reached: the one that gradient descent over all rows ended at.
    """

    w: Tensor
    loss: Tensor
    minima: Sequence[float]
    maxima: Sequence[float]
    lr: float
    batch_size: int
    rows: int
    seeds: Sequence[int]
    ways: Tensor
    full_way: Tensor
    reached: Sequence[int]
    full_reached: int

    def loss_at(self, w: float) -> float:
        """Return the error over all rows at the looked-at place nearest to ``w``."""
        return self.loss[(self.w - w).abs().argmin()].item()


@dataclass(frozen=True)
class DescentRecord:
    """Everything that ``descent`` measured.

    Attributes:
        chapter: the chapter's steps.
        chapter_lr: its learning rate.
        curvature: L'' of its curve, by backpropagation through backpropagation.
        rates: the same curve with other learning rates.
        valleys: the curve with two minima.
        noise: the scatter of a mini-batch's gradient at the start on that curve.
        draws: how many batches it was measured over.
    """

    chapter: list[Step]
    chapter_lr: float
    curvature: float
    rates: list[Rate]
    valleys: Valleys
    noise: list[Noise]
    draws: int

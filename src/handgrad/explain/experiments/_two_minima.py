"""A curve of one weight with two minima, and stochastic gradient descent on it.

A network of two sigmoid units whose outputs are subtracted makes a bump at the place w,

    y(x; w) = σ(3 (x − w + 1)) − σ(3 (x − w − 1))

and the targets have two bumps, a high one at 2 and a lower one at −2, with noise. The mean squared error over all rows as a
function of w has a minimum near each; w can only be at one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from handgrad.ops import mse_loss, sigmoid

_STEEPNESS = 3.0
_HIGH, _LOW = 2.0, -2.0
_LOWER = 0.6  # the height of the lower bump
_NOISE = 0.1
_ENDS = 5.0  # of the rows, on both sides of 0
_FINE = 1001  # places where the whole curve is looked at


@dataclass(frozen=True)
class TwoMinima:
    """The rows that make the curve.

    Attributes:
        x: inputs, float64, shape (rows,).
        t: targets, float64, shape (rows,).
    """

    x: Tensor
    t: Tensor

    @classmethod
    def of(cls, rows: int, generator: Generator) -> TwoMinima:
        """Return so many rows, evenly spread over [−5, 5], with noise by ``generator``."""
        x = torch.linspace(-_ENDS, _ENDS, rows, dtype=torch.float64)
        noise = _NOISE * torch.randn(rows, generator=generator, dtype=torch.float64)
        return cls(x, bump(x, _HIGH) + _LOWER * bump(x, _LOW) + noise)

    def slopes(self, w: Tensor, rows: Tensor) -> Tensor:
        """Return the slope of the mean squared error over some rows, by backpropagation.

        Args:
            w: places, shape (places,).
            rows: the row indices of each place's batch, shape (places, batch size).

        Returns:
            dL/dw of each place over its batch, shape (places,).
        """
        leaf = w.detach().unsqueeze(1).requires_grad_()
        errors = mse_loss(bump(self.x[rows], leaf), self.t[rows], reduction="none")
        (slopes,) = torch.autograd.grad(errors.mean(dim=1).sum(), leaf)  # a place's error depends on its own w only
        return slopes.squeeze(1)

    def curve(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return places over the rows' range, the error over all rows and its slope there, each of shape (places,)."""
        w = torch.linspace(-_ENDS, _ENDS, _FINE, dtype=torch.float64)
        everything = torch.arange(len(self.x)).expand(len(w), -1)
        errors = mse_loss(bump(self.x, w.unsqueeze(1)), self.t.expand(len(w), -1), reduction="none").mean(dim=1)
        return w, errors, self.slopes(w, everything)

    def descend(self, start: float, lr: float, steps: int, batch_size: int, seeds: Sequence[int]) -> Tensor:
        """Return the ways of SGD from one start, a column for each seed: shape (steps + 1, seeds).

        Every step draws ``batch_size`` rows without replacement; with all rows it is gradient descent.
        """
        generators = [Generator().manual_seed(seed) for seed in seeds]
        ways = [torch.full((len(seeds),), start, dtype=torch.float64)]
        for _ in range(steps):
            rows = torch.stack([torch.randperm(len(self.x), generator=own)[:batch_size] for own in generators])
            ways.append(ways[-1] - lr * self.slopes(ways[-1], rows))
        return torch.stack(ways)


def bump(x: Tensor, w: Tensor | float) -> Tensor:
    """Return the output of the two units: about 1 for x within 1 of w, else about 0."""
    return sigmoid(_STEEPNESS * (x - w + 1)) - sigmoid(_STEEPNESS * (x - w - 1))


def turning_points(w: Tensor, slopes: Tensor) -> tuple[list[float], list[float]]:
    """Return where a slope goes through 0 upwards (minima) and downwards (maxima), between places by interpolation."""
    minima: list[float] = []
    maxima: list[float] = []
    for index in range(len(w) - 1):
        before, after = slopes[index].item(), slopes[index + 1].item()
        if before * after < 0:
            at = w[index].item() + (w[index + 1] - w[index]).item() * before / (before - after)
            (minima if before < 0 else maxima).append(at)
    return minima, maxima


def minimum_reached(w: float, minima: Sequence[float], maxima: Sequence[float]) -> int:
    """Return the index of the minimum whose valley ``w`` lies in: the maxima are the borders of the valleys."""
    inner = [top for top in maxima if minima[0] < top < minima[-1]]
    return sum(w > top for top in inner)

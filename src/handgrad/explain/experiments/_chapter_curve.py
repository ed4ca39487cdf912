"""The chapter's curve of one weight (SPEC S6), and gradient descent on it.

The chapter prints two slopes, 3 at w = 3 and −1 at w = 1.5. A parabola with these slopes has the curvature

    L'' = (3 − (−1)) / (3 − 1.5) = 8/3        and its minimum where the slope is 0: w* = 3 − 3 / (8/3) = 15/8

so L(w) = ½ · 8/3 · (w − 15/8)² = 4/3 (w − 15/8)². A step of gradient descent is linear in the error e = w − w*:

    w ← w − η L'(w)        e ← (1 − η L'') e

|1 − η L''| < 1 is 0 < η < 2 / L'' = 3/4; below 1 / L'' = 3/8 the factor is positive and w comes from one side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from handgrad.ops import mse_loss

MINIMUM = 15 / 8
"""w*, where the chapter's curve is lowest."""

Curve = Callable[[Tensor], Tensor]


class Step(NamedTuple):
    """A place on the way down.

    Attributes:
        step: how many updates led here.
        w: the weight.
        loss: the curve's height at ``w``.
        slope: its slope there, by backpropagation.
    """

    step: int
    w: float
    loss: float
    slope: float


def chapter_curve(w: Tensor) -> Tensor:
    """Return ``4/3 (w − 15/8)²``, elementwise: the mean squared error of an output ``w`` whose target is 15/8."""
    return 4 / 3 * mse_loss(w, torch.full_like(w, MINIMUM), reduction="none")


def slope_and_curvature(curve: Curve, w: float) -> tuple[float, float]:
    """Return L'(w) and L''(w), by backpropagation and by backpropagation through it."""
    leaf = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(curve(leaf), leaf, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, leaf)
    return slope.item(), curvature.item()


def descend(curve: Curve, start: float, lr: float, steps: int) -> list[Step]:
    """Return the places that gradient descent visits, the start first: ``steps + 1`` of them."""
    places: list[Step] = []
    w = start
    for step in range(steps + 1):
        leaf = torch.tensor(w, dtype=torch.float64, requires_grad=True)
        loss = curve(leaf)
        (slope,) = torch.autograd.grad(loss, leaf)
        places.append(Step(step, w, loss.item(), slope.item()))
        w -= lr * slope.item()
    return places


def behaviour(lr: float, curvature: float) -> str:
    """Return what descent with this rate does on a parabola, by the thresholds ``1 / L''`` and ``2 / L''``."""
    factor = 1 - lr * curvature
    if abs(factor) > 1:
        return "diverges"
    if abs(factor) == 1:
        return "oscillates for ever"
    if factor < 0:
        return "oscillates and converges"
    return "crawls" if factor > CRAWLING else "converges"


CRAWLING = 0.9
"""A step that leaves more of the error than this is called crawling."""

"""Derivatives by finite differences, each with the interval that it is certain to lie in.

Definition      D(h) = (f(x + h v) − f(x − h v)) / 2h = f'(x)·v + c₂ h² + c₄ h⁴ + …
                D±(h) = ±(f(x ± h v) − f(x)) / h      = f'±(x)·v + c₁ h + c₂ h² + …
Extrapolation   Halving h and eliminating one power after the other (Ridders 1982; Numerical Recipes §5.7) gives a tableau whose
                neighbours differ by what is left of the truncation.
Rounding        f is only known to ε |f| and to what it moves when its arguments move by one rounding; D(h) to that / h.
                Of all entries of the tableau the one is taken whose truncation and rounding together are least; their sum, times
                `SAFETY`, is its noise.
Kinks           Where the derivatives from both sides disagree, the interval is their hull: what a subgradient may be.
Poles, jumps    Where a smaller step gives another answer, or a smaller bend does not come with it, nothing is known.
Steps           From ε^(1/8) of the size of the argument down. Where that does not give `PRECISION`, they are made finer: a kink
                nearby is stepped over by large steps only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from handgrad.laws._direction import Direction

Function = Callable[..., tuple[Tensor, ...]]

STEPS = 6
SAFETY = 10.0
UNEVEN = 0.7390851
"""No step is a round number: over whole stairs, a staircase looks like a slope."""
FINE = 0.375
"""The finest steps begin at ε to this power, relative to the size of the argument."""
PRECISION = 0.4
"""A derivative is precise enough if it is known to ε to this power, relative to the largest."""


@dataclass(frozen=True)
class Estimate:
    """Derivatives along directions, on the CPU in float64, shape (directions, entries of all outputs).

    Attributes:
        value: the derivative; where there is a kink, half way between both sides.
        low: no right derivative is below; −∞ where nothing is known.
        high: no right derivative is above; ∞ where nothing is known.
        kink: whether the derivatives from both sides disagree.
    """

    value: Tensor
    low: Tensor
    high: Tensor
    kink: Tensor

    @property
    def width(self) -> Tensor:
        """How far the derivative is from being known."""
        return self.high - self.low

    def rows(self, chosen: Tensor) -> Estimate:
        """Some of the directions."""
        return Estimate(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def or_narrower(self, chosen: Tensor, other: Estimate) -> Estimate:
        """This, with the entries of ``other`` in the directions ``chosen`` where those are better known."""
        better = torch.zeros_like(self.kink)
        better[chosen] = ~(other.width >= self.width[chosen])
        merged = []
        for field in fields(self):
            mine, theirs = getattr(self, field.name), torch.zeros_like(getattr(self, field.name))
            theirs[chosen] = getattr(other, field.name)
            merged.append(torch.where(better, theirs, mine))
        return Estimate(*merged)


def differences(
    function: Function, points: Sequence[Tensor], directions: Sequence[Direction], fine: bool = False
) -> Estimate:
    """The derivatives of all outputs of ``function`` at ``points`` along ``directions``.

    Args:
        function: gives at least one tensor.
        points: its arguments.
        directions: at least one.
        fine: whether to take small steps only, because there is a kink near by.
    """
    epsilon = max(torch.finfo(point.dtype).eps for point in points)
    centre = _flat(function, points)
    noise = rounding(function, points, centre, epsilon)
    everything = torch.arange(len(directions))
    sizes = torch.tensor([direction.size(points) for direction in directions], dtype=torch.float64)

    def estimate(chosen: Tensor, steps: Tensor) -> Estimate:
        few = [directions[int(i)] for i in chosen]
        return _estimate(function, points, few, steps, sizes[chosen], centre, noise, epsilon)

    at_least_one = sizes.clamp(min=1)
    if fine:
        return estimate(everything, at_least_one * epsilon**FINE)
    best = estimate(everything, at_least_one * epsilon**0.125)
    for size, power in ((at_least_one, 0.25), (at_least_one, FINE), (sizes, 0.25)):
        poor = everything[_poor(best, epsilon)]
        if len(poor):
            best = best.or_narrower(poor, estimate(poor, size[poor] * epsilon**power))
    return best


def rounding(function: Function, points: Sequence[Tensor], centre: Tensor, epsilon: float) -> Tensor:
    """How much a value of ``function`` is uncertain, absolute: ε |f|, and what it moves when its arguments move by a rounding."""
    generator = torch.Generator().manual_seed(0)
    beside = _or_nan(function, centre)
    moved = torch.zeros_like(centre)
    for _ in range(4):
        jittered = [
            (point.double() * (1 + epsilon * (2 * torch.rand(point.shape, generator=generator) - 1).to(point))).to(
                point.dtype
            )
            for point in points
        ]
        moved = torch.maximum(moved, (beside(jittered) - centre).abs().nan_to_num(0, 0, 0))
    return 2 * moved + epsilon * centre.abs().nan_to_num(0, 0, 0)


def _flat(function: Function, points: Sequence[Tensor]) -> Tensor:
    with torch.no_grad():
        outputs = function(*points)
    return torch.cat([output.detach().double().cpu().reshape(-1) for output in outputs])


def _or_nan(function: Function, centre: Tensor) -> Callable[[Sequence[Tensor]], Tensor]:
    """The values of ``function`` beside its points, NaN where it refuses such arguments: its domain ends there."""

    def values(points: Sequence[Tensor]) -> Tensor:
        try:
            return _flat(function, points)
        except Exception:
            return torch.full_like(centre, torch.nan)

    return values


def _poor(best: Estimate, epsilon: float) -> Tensor:
    known = best.value[best.width.isfinite()]
    largest = float(known.abs().max()) if known.numel() else 0.0
    poor: Tensor = (~(best.width <= epsilon**PRECISION * largest)).any(1)
    return poor


def _estimate(
    function: Function,
    points: Sequence[Tensor],
    directions: Sequence[Direction],
    largest: Tensor,
    size: Tensor,
    centre: Tensor,
    noise: Tensor,
    epsilon: float,
) -> Estimate:
    steps = largest * torch.tensor([UNEVEN / 2**k for k in range(STEPS)], dtype=torch.float64)[:, None]
    beside = _or_nan(function, centre)
    up, down = (
        torch.stack(
            [
                torch.stack([beside(d.moved(points, sign * float(h))) for d, h in zip(directions, row, strict=True)])
                for row in steps
            ]
        )
        for sign in (1, -1)
    )
    h = steps[..., None]
    slope = torch.maximum((up - centre).abs(), (centre - down).abs()) / h
    error = noise + epsilon * (torch.maximum(up.abs(), down.abs()) + size[:, None] * slope)
    value, width = _extrapolate((up - down) / (2 * h), error / h, 4.0)
    left, left_width = _extrapolate((centre - down) / h, 2 * error / h, 2.0)
    right, right_width = _extrapolate((up - centre) / h, 2 * error / h, 2.0)
    kink = (left - right).abs() > left_width + right_width
    low = torch.where(kink, torch.minimum(left - left_width, right - right_width), value - width)
    high = torch.where(kink, torch.maximum(left + left_width, right + right_width), value + width)
    bend = (up + down - 2 * centre).abs()
    jump = bend[-1] > bend[0] / 2 + SAFETY * 4 * error[-1]
    unknown = jump | ~(high - low).isfinite()
    low, high = low.masked_fill(unknown, -torch.inf), high.masked_fill(unknown, torch.inf)
    return Estimate(torch.where(kink, (left + right) / 2, value), low, high, kink)


def _extrapolate(row: Tensor, error: Tensor, base: float) -> tuple[Tensor, Tensor]:
    """The best entry of the tableau that begins with ``row`` (a step a slice), and its noise."""
    best, noise = row[-1], torch.full_like(row[-1], torch.inf)
    growth = _growth(row, error)
    for order in range(1, STEPS):
        factor = base**order
        finer = (factor * row[1:] - row[:-1]) / (factor - 1)
        error = (factor * error[1:] + error[:-1]) / (factor - 1)
        truncation = torch.maximum((finer - row[1:]).abs(), (finer - row[:-1]).abs())
        total = SAFETY * (truncation + error) + growth[: len(finer)]
        for estimate, of_estimate in zip(finer, total, strict=True):
            best = torch.where(of_estimate < noise, estimate, best)
            noise = torch.where(of_estimate < noise, of_estimate, noise)
        row = finer
    return best, noise


def _growth(row: Tensor, error: Tensor) -> Tensor:
    """By how much neighbours differ more for smaller steps than for larger ones, as they do where steps reach over a pole."""
    change = (row[1:] - row[:-1]).abs()
    later = (change - SAFETY * (error[1:] + error[:-1])).flip(0).cummax(0).values.flip(0)
    growth: Tensor = (later - change).clamp(min=0)
    return growth

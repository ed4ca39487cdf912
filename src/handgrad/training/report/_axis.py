"""From numbers to places on paper, with ticks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_MOST_TICKS = 6
_DECADES_IN_STEPS = 2  # up to here the ticks are at 1, 2 and 5
_ROUND = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Axis:
    """A scale.

    Attributes:
        label: What is measured.
        low: The number at the start.
        high: The number at the end.
        ticks: The numbers that are written beside it.
        log: Whether equal ratios are equal distances.
    """

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    log: bool = False

    def part(self, value: float) -> float:
        """Return where a number lies: 0 is the start, 1 the end."""
        if self.log:
            return (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return (value - self.low) / (self.high - self.low)


def linear_axis(label: str, values: Sequence[float], whole: bool = False) -> Axis:
    """Return an axis that holds all values, and ends at ticks.

    Args:
        label: What is measured.
        values: Finite numbers; at least one.
        whole: The axis ends at the values, and its ticks are whole numbers: for epochs.
    """
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    if whole:
        low, high = min(values), max(*values, min(values) + 1)
    step = _step(high - low, whole)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = [index * step for index in range(first, last + 1)]
    if whole:
        return Axis(label, low, high, [tick for tick in ticks if low <= tick <= high])
    return Axis(label, ticks[0], ticks[-1], ticks)


def log_axis(label: str, values: Sequence[float]) -> Axis:
    """Return a logarithmic axis that holds all values, which are positive, and ends at ticks."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    if high - low <= _DECADES_IN_STEPS:
        steps = [factor * 10.0**power for power in range(low - 1, high + 1) for factor in (1, 2, 5)]
        start = max(step for step in steps if step <= min(values))
        end = min(step for step in [*steps, 10.0 ** (high + 1)] if step >= max(values) and step > start)
        ticks = [step for step in steps if start <= step < end] + [end]
    else:
        every = math.ceil((high - low) / _MOST_TICKS)
        ticks = [10.0**power for power in range(low, high + every, every)]
    return Axis(label, ticks[0], ticks[-1], ticks, log=True)


def _step(span: float, whole: bool) -> float:
    power = 10.0 ** math.floor(math.log10(span / _MOST_TICKS))
    step = next(factor * power for factor in _ROUND if span / (factor * power) <= _MOST_TICKS)
    return max(1.0, math.ceil(step)) if whole else step

"""Numbers and places as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import torch


def number(value: float) -> str:
    """Six digits."""
    return f"{value:.6g}"


def place(shape: torch.Size | Sequence[int], flat: int) -> str:
    """Where an entry stands: ``[1, 0]``; nothing for a tensor without dimensions."""
    if not len(shape):
        return ""
    return str([int(i) for i in torch.unravel_index(torch.tensor(flat), tuple(shape))])


def listed(words: Iterable[str], last: str = "and") -> str:
    """``a, b and c``."""
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end


def first_line(error: BaseException) -> str:
    """What an exception says, at most one line."""
    return (str(error).strip() or type(error).__name__).partition("\n")[0]


def ratio(value: float) -> str:
    """A factor, as a fraction of small numbers too where it is one."""
    fraction = Fraction(value).limit_denominator(64)
    if fraction.denominator > 1 and abs(float(fraction) - value) < 1e-6 * abs(value):
        return f"{number(value)} (= {fraction.numerator}/{fraction.denominator})"
    return number(value)

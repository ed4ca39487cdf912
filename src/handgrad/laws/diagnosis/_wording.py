"""Numbers, places and lists as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import torch


def number(value: float) -> str:
    """Six digits."""
    return f"{value:.6g}"


def place(shape: Sequence[int], flat: int) -> str:
    """Where an entry stands: ``[1, 0]``; nothing for a tensor without dimensions."""
    return str([int(i) for i in torch.unravel_index(torch.tensor(flat), tuple(shape))]) if len(shape) else ""


def listed(words: Iterable[object], last: str = "and") -> str:
    """``a, b and c``."""
    *first, end = map(str, words)
    return f"{', '.join(first)} {last} {end}" if first else end


def ratio(value: float) -> str:
    """A factor, as a fraction of small numbers too where it is one."""
    fraction = Fraction(value).limit_denominator(64)
    if fraction.denominator > 1 and abs(float(fraction) - value) < 1e-6 * abs(value):
        return f"{number(value)} (= {fraction.numerator}/{fraction.denominator})"
    return number(value)


def raised(error: BaseException) -> str:
    """What an exception says, in one line."""
    line = (str(error).strip() or "nothing more").partition("\n")[0]
    return f"raises {type(error).__name__}: {line.removesuffix('.')}"


def sentence(words: str) -> str:
    """With a capital and a full stop."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")

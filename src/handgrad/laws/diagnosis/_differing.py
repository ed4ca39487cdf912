"""Two runs that must agree: the first number in which they do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from handgrad.laws._watch import first_difference
from handgrad.laws.diagnosis._wording import number, place, raised

RELATIVE, ABSOLUTE = 1e-5, 1e-7
"""Up to this, two orders of the same sums may differ."""

Grads = Sequence[Tensor | None]


def changed(names: Sequence[str], now: Grads, before: Grads) -> str | None:
    """The first number that is not the same to the last bit; None is passed over."""
    for name, one, other in zip(names, now, before, strict=True):
        where = None if one is None or other is None else first_difference(one.detach(), other.detach())
        if where is not None:
            entry, was, is_now = where
            return f"{name}{list(entry) or ''} was {number(was)} and is {number(is_now)}"
    return None


def another(names: Sequence[str], got: Grads, right: Grads) -> str | None:
    """The number that differs most, if by more than rounding; None counts as zeros."""
    for name, one, other in zip(names, got, right, strict=True):
        if one is None and other is None:
            continue
        one, other = _filled(one, other), _filled(other, one)
        if one.shape != other.shape:
            return f"{name} has shape {tuple(one.shape)} instead of {tuple(other.shape)}"
        if not torch.allclose(one, other, RELATIVE, ABSOLUTE, equal_nan=True):
            entry = int((one - other).abs().nan_to_num(torch.inf).argmax())
            numbers = number(float(one.reshape(-1)[entry])), number(float(other.reshape(-1)[entry]))
            return f"{name}{place(one.shape, entry)} is {numbers[0]} instead of {numbers[1]}"
    return None


def attempted(names: Sequence[str], run: Callable[[], Grads], right: Grads) -> str | None:
    """What is another number in a run, or what it raises."""
    try:
        got = run()
    except Exception as error:
        return f"it {raised(error)}"
    return another(names, got, right)


def _filled(tensor: Tensor | None, like: Tensor | None) -> Tensor:
    if tensor is not None:
        return tensor.detach()
    return torch.zeros(()) if like is None else torch.zeros_like(like)

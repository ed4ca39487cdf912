"""Comparing tensors where the answer must be a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from handgrad.laws._finding import BrokenError, Evidence


def require_close(what: str, got: Tensor | None, expected: Tensor, noise: Tensor | float) -> None:
    """Raise `BrokenError` where ``got`` differs from ``expected`` by more than ``noise`` (absolute, broadcast).

    NaN and infinities must stand in the same places. None counts as zeros.
    """
    got = torch.zeros_like(expected) if got is None else got.detach()
    if got.shape != expected.shape:
        shapes = str(tuple(expected.shape)), str(tuple(got.shape))
        raise BrokenError(f"the {what} has the wrong shape", Evidence(f"shape of the {what}", None, *shapes))
    wide_got, wide_expected = got.double(), expected.detach().double()
    allowed = torch.as_tensor(noise, dtype=torch.float64, device=wide_got.device).expand(wide_got.shape)
    excess = (wide_got - wide_expected).abs() - allowed
    same = (wide_got == wide_expected) | (wide_got.isnan() & wide_expected.isnan())
    wrong = ~same & ~(excess <= 0)
    if wrong.any():
        raise BrokenError(f"the {what} is wrong", _worst(what, wide_got, wide_expected, allowed, excess, wrong))


def require_within(what: str, got: Tensor | None, expected: Tensor, low: Tensor, high: Tensor) -> None:
    """Raise `BrokenError` where ``got`` is not between ``low`` and ``high``; nothing is asked where those are infinite.

    All are float64 but ``got``. None counts as zeros.
    """
    got = torch.zeros_like(expected) if got is None else got.detach().double().cpu()
    if got.shape != expected.shape:
        shapes = str(tuple(expected.shape)), str(tuple(got.shape))
        raise BrokenError(f"the {what} has the wrong shape", Evidence(f"shape of the {what}", None, *shapes))
    known = low.isfinite() & high.isfinite()
    wrong = known & ~((got >= low) & (got <= high))
    if wrong.any():
        excess = torch.maximum(low - got, got - high)
        raise BrokenError(f"the {what} is wrong", _worst(what, got, expected, (high - low) / 2, excess, wrong))


def inner(first: Sequence[Tensor], second: Sequence[Tensor]) -> tuple[float, float]:
    """The inner product, and the sum of its terms' absolute values."""
    pairs = zip(first, second, strict=True)
    terms = torch.cat([(a.detach().double() * b.detach().double()).reshape(-1) for a, b in pairs])
    return float(terms.sum()), float(terms.abs().sum())


def magnitude(tensor: Tensor) -> float:
    """The largest finite absolute value, at least the smallest normal number."""
    finite = tensor.detach()[tensor.detach().isfinite()]
    return max(float(finite.abs().max()) if finite.numel() else 0.0, torch.finfo(torch.float32).tiny)


def _worst(what: str, got: Tensor, expected: Tensor, allowed: Tensor, excess: Tensor, wrong: Tensor) -> Evidence:
    key = torch.where(wrong, excess.nan_to_num(torch.inf, torch.inf), -torch.inf)
    flat = int(key.argmax())
    entry = tuple(int(i) for i in torch.unravel_index(torch.tensor(flat), got.shape)) if got.dim() else ()
    numbers = float(expected.reshape(-1)[flat]), float(got.reshape(-1)[flat]), float(allowed.reshape(-1)[flat])
    return Evidence(what, entry, *numbers, (int(wrong.sum()), wrong.numel()))

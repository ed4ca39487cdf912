"""Noticing that a tensor was modified."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from handgrad.laws._finding import BrokenError, Evidence


class Watch:
    """Remembers tensors as they are: their numbers and torch's count of in-place changes.

    Args:
        names: what they are called in the sentence.
        tensors: the tensors.
    """

    def __init__(self, names: Sequence[str], tensors: Sequence[Tensor]) -> None:
        self._seen = [
            (name, t, t.detach().clone(), t._version) for name, t in zip(names, tensors, strict=True) if not t.is_meta
        ]

    def changed(self) -> list[tuple[str, Tensor, Tensor]]:
        """Name, tensor as it is, numbers as they were, for each one that was modified."""
        return [
            (name, t, was) for name, t, was, version in self._seen if t._version != version or not same_numbers(t, was)
        ]

    def require_unchanged(self, by: str) -> None:
        """Raise `BrokenError` where one was modified.

        Args:
            by: who did it, as the subject of the sentence: ``backward``.
        """
        for name, now, was in self.changed():
            numbers = first_difference(now.detach(), was)
            how = "" if numbers else " (in place, to the same numbers)"
            raise BrokenError(f"{by} modifies {name}{how}", *([Evidence(name, *numbers)] if numbers else []))


def same_numbers(now: Tensor, was: Tensor) -> bool:
    """Whether two tensors hold the same numbers in the same places, NaN too."""
    now = now.detach()
    return now.shape == was.shape and bool(((now == was) | ((now != now) & (was != was))).all())


def first_difference(now: Tensor, was: Tensor) -> tuple[tuple[int, ...], float, float] | None:
    if now.shape != was.shape or same_numbers(now, was):
        return None
    place = torch.nonzero(((now != was) & ((now == now) | (was == was))).reshape(now.shape))[0]
    entry = tuple(int(i) for i in place)
    return entry, float(was[entry]), float(now[entry])

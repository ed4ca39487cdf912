"""Ops that move entries without computing any: from an index of the result to an index of what it was made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch._ops import OpOverload

Index = tuple[str, ...]
"""A C++ expression for each dimension."""

_aten = torch.ops.aten


def broadcast(index: Index, shape: Sequence[int]) -> Index:
    """The index into what is broadcast to the shape that ``index`` is for."""
    own = index[len(index) - len(shape) :]
    return tuple("0" if size == 1 else entry for entry, size in zip(own, shape, strict=True))


def _reshaped(index: Index, shape: Sequence[int], of: Sequence[int]) -> Index:
    """Dimensions of size 1 come and go; everything else is counted through."""
    entries = [(entry, size) for entry, size in zip(index, shape, strict=True) if size != 1]
    if [size for _, size in entries] == [size for size in of if size != 1]:
        kept = iter(entries)
        return tuple("0" if size == 1 else next(kept)[0] for size in of)
    position = "0"
    for entry, size in zip(index, shape, strict=True):
        position = f"({position} * {size} + {entry})"
    result: list[str] = []
    for size in reversed(of):
        result.append(f"({position} % {size})")
        position = f"({position} / {size})"
    return tuple(reversed(result))


def _permuted(index: Index, dims: Sequence[int]) -> Index:
    own = [""] * len(dims)
    for entry, dim in zip(index, dims, strict=True):
        own[dim] = entry
    return tuple(own)


View = Callable[[Index, Sequence[int], Sequence[int], tuple[Any, ...]], Index]

RESHAPES = {
    _aten.view.default,
    _aten.reshape.default,
    _aten._unsafe_view.default,
    _aten.unsqueeze.default,
    _aten.squeeze.default,
    _aten.squeeze.dim,
    _aten.squeeze.dims,
}
"""Views with the same entries in the same order."""

VIEWS: dict[OpOverload, View] = {
    _aten.permute.default: lambda index, shape, of, rest: _permuted(index, [dim % len(of) for dim in rest[0]]),
    _aten.expand.default: lambda index, shape, of, rest: broadcast(index, of),
    **dict.fromkeys(RESHAPES, lambda index, shape, of, rest: _reshaped(index, shape, of)),
}
"""``(index, its shape, the shape of the argument, the other arguments) -> index into the argument``."""


def strides_of_view(
    shape: Sequence[int], strides: Sequence[int], view: Callable[[Index], Index]
) -> tuple[int, ...] | None:
    """The strides of a view of what has these strides, or None if its entries are not evenly spaced."""
    names = [f"i{dim}" for dim in range(len(shape))]
    steps = dict(zip(view(tuple(names)), strides, strict=True))
    return tuple(steps.get(name, 0) for name in names) if set(steps) <= {"0", *names} else None

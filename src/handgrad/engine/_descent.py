"""Gradient descent folded into the product that makes the gradient: ``W ← W − lr · ȳᵀ x`` as one kernel.

BLAS computes ``C ← β C + α A B``. With α = −lr the gradient is never written to memory; it only exists inside of the product.
oneDNN has no such kernel. There a gradient that is larger than x exists block by block; a smaller one is computed early, and x is
given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import torch
from torch import Tensor

from handgrad.engine._recording import Call, Place, Recording, Scalar

_BLOCK = 2**22
"""Numbers of a block of a gradient: so much of it exists at once, and is subtracted before the next is made."""

_BATCH = 1024
"""Rows of a batch whose share of a gradient is computed at once: oneDNN copies what it takes transposed."""


def descend(recording: Recording, parameter: Tensor, gradient: Tensor, rate: Scalar) -> None:
    """Add ``θ ← θ + rate · θ̄`` to a recording, where ``rate`` is minus the learning rate."""
    places = recording.place(parameter), recording.place(gradient)
    storages = [place.storage for place in places]
    call = Call(Tensor.add_, places, {"alpha": rate}, (), frozenset(storages[:1]), frozenset(storages))
    recording.calls.append(call)


def folded(recording: Recording) -> list[Call]:
    """The calls of a recording, with every descent folded into the product before it where that is possible and saves memory."""
    calls: list[Call | None] = list(recording.calls)
    for index, call in enumerate(recording.calls):
        place = _producer(recording.calls, index) if call.op is Tensor.add_ else None
        if place is not None:
            producer = recording.calls[place]
            if _is_small(producer):
                calls[place] = replace(producer, op=_product)
            elif (one := _as_one(recording, producer, call)) is not None:
                calls[index], calls[place] = one, None
    return [call for call in calls if call is not None]


def _producer(calls: Sequence[Call], index: int) -> int | None:
    """The call that makes the gradient of the descent at ``index``, if it can be run there instead."""
    gradient = calls[index].arguments[1]
    uses = [place for place, call in enumerate(calls) if gradient.storage in call.reads | call.writes]
    if len(uses) != 2 or calls[uses[0]].results != (gradient,):
        return None
    between = frozenset().union(*(call.writes for call in calls[uses[0] + 1 : index]))
    return None if between & calls[uses[0]].reads else uses[0]


def _is_small(producer: Call) -> bool:
    """Whether a gradient by oneDNN has fewer numbers than what it is made of, which may go once it is there."""
    match producer.op, producer.arguments:
        case torch.ops.mkldnn._linear_pointwise.default, (_, Place(size=inputs), None, "none", *_):
            return prod(producer.results[0].size) < prod(inputs)
    return False


def _as_one(recording: Recording, producer: Call, descent: Call) -> Call | None:
    parameter, _ = descent.arguments
    match producer.op, producer.arguments:
        case torch.ops.aten.mm.default, (a, b):
            one: tuple[Any, tuple[Any, ...]] = Tensor.addmm_, (parameter, a, b)
        case torch.ops.aten.sum.dim_IntList, (Place(size=(rows, columns)) as terms, [0], *_):
            ones = recording.adopt(torch.ones(rows, dtype=terms.dtype, device=recording.device))
            transposed = terms._replace(size=(columns, rows), stride=terms.stride[::-1])
            one = Tensor.addmv_, (parameter, transposed, ones)
        case torch.ops.mkldnn._linear_pointwise.default, (a, b, None, "none", *_):
            one = _add_product_, (parameter, a, b)
        case _:
            return None
    op, arguments = one
    reads = frozenset(place.storage for place in arguments)
    return replace(descent, op=op, arguments=arguments, reads=reads)


def _product(a: Tensor, b: Tensor, *_: Any) -> Tensor:
    """``A Bᵀ`` by oneDNN, where the rows of a batch are many."""
    first, *others = zip(a.split(_BATCH, 1), b.split(_BATCH, 1), strict=True)
    total = _onednn(*first)
    for part in others:
        total += _onednn(*part)
    return total


def _onednn(a: Tensor, b: Tensor) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], "")
    return product


def _add_product_(c: Tensor, a: Tensor, b: Tensor, *, alpha: float) -> None:
    """``C ← C + α A Bᵀ`` by oneDNN, which has no such kernel: block by block of rows."""
    rows = max(1, _BLOCK // c.shape[1])
    for part, own in zip(c.split(rows), a.split(rows), strict=True):
        part.add_(_onednn(own, b), alpha=alpha)

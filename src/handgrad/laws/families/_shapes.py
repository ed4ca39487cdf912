"""Shapes: no rows, and broadcast inputs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import torch
from torch import Tensor

from handgrad.laws._arguments import tensors_of, with_arguments
from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import BrokenError, NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._pullback import Pullback, call, pull
from handgrad.laws._subject import Subject

MOST = 4
"""So many arguments are taken for batched at most."""


def empty_batch(subject: Subject) -> None:
    """No rows in, no rows out: the gradients have the shapes of their inputs."""
    empty = with_rows(subject, batched_places(subject), 0)
    expected = _by_oracle(empty)
    leaves = empty.leaves()
    try:
        outputs = call(empty, leaves)
    except Exception as refusal:
        if expected is None:
            raise NotOfferedError(f"it refuses an empty batch: {refusal}") from refusal
        raise
    if not any(y.requires_grad for y in outputs):
        raise BrokenError("with an empty batch no output has a gradient")
    got = pull(empty, leaves)
    if expected is not None:
        require_equivalent("with an empty batch", subject.names, got, expected)


def _by_oracle(subject: Subject) -> Pullback | None:
    if subject.oracle is None:
        return None
    try:
        return pull(subject.by_oracle, subject.leaves())
    except Exception as error:
        raise NotApplicableError(f"the oracle refuses an empty batch: {error}") from error


def batched_places(subject: Subject) -> tuple[int, ...]:
    """Which tensor arguments have a batch as their first dimension: those that may together have a row less.

    Raises:
        NotApplicableError: none behave so.
    """
    tensors = tensors_of(subject)
    rows = next((t.shape[0] for t in tensors if t.dim()), 0)
    if rows >= 2:
        usual = [y.shape for y in call(subject, subject.points)]
        for places in _candidates(tensors, rows):
            if _may_lose_a_row(subject, places, rows, usual):
                return places
    raise NotApplicableError("no first dimension of the arguments behaves as a batch")


def with_rows(subject: Subject, places: tuple[int, ...], rows: int) -> Subject:
    """The same function with so many rows in the arguments at ``places``: the first ones, then again from the first."""

    def taken(place: int, tensor: Tensor) -> Tensor:
        return tensor[torch.arange(rows, device=tensor.device) % len(tensor)] if place in places else tensor

    return with_arguments(subject, taken)


def _candidates(tensors: list[Tensor], rows: int) -> Iterator[tuple[int, ...]]:
    """The largest sets first; the first tensor is in all."""
    first, *rest = [place for place, tensor in enumerate(tensors) if tensor.dim() and tensor.shape[0] == rows][:MOST]
    for count in range(len(rest), -1, -1):
        for others in combinations(rest, count):
            yield (first, *others)


def _may_lose_a_row(subject: Subject, places: tuple[int, ...], rows: int, usual: list[torch.Size]) -> bool:
    try:
        fewer = with_rows(subject, places, rows - 1)
        shapes = [y.shape for y in call(fewer, fewer.points)]
    except Exception:
        return False
    if len(shapes) != len(usual):  # the rows are outputs
        return False
    a_table = tensors_of(subject)[places[0]].dim() > 1  # a vector that becomes a number has no rows
    return all((a == b and a_table) or a == (rows - 1, *b[1:]) for a, b in zip(shapes, usual, strict=True))


def broadcasting(subject: Subject) -> str | None:
    """Where an input of one row stands for several, its gradient is the sum over them, in its own shape."""
    seen = []
    for place, name in enumerate(subject.names):
        for dim in range(subject.points[place].dim()):
            if subject.points[place].shape[dim] > 1 and _broadcasts(subject, place, dim):
                _require_summed(subject, place, dim)
                seen.append(f"{name} along dimension {dim}")
    if not seen:
        raise NotApplicableError("the function broadcasts no input")
    return f"it broadcasts {', '.join(seen)}"


def _narrow(subject: Subject, place: int, dim: int) -> list[Tensor]:
    points = list(subject.leaves())
    points[place] = subject.points[place].narrow(dim, 0, 1).clone().requires_grad_()
    return points


def _wide(subject: Subject, place: int, dim: int) -> list[Tensor]:
    points = _narrow(subject, place, dim)
    points[place] = points[place].detach().expand(subject.points[place].shape).clone().requires_grad_()
    return points


def _broadcasts(subject: Subject, place: int, dim: int) -> bool:
    """Whether one row gives what its copies give."""
    try:
        with torch.no_grad():
            narrow, wide = (call(subject, make(subject, place, dim)) for make in (_narrow, _wide))
    except Exception:
        return False
    if len(narrow) != len(wide):
        return False
    return all(a.shape == b.shape and torch.allclose(a, b, equal_nan=True) for a, b in zip(narrow, wide, strict=True))


def _require_summed(subject: Subject, place: int, dim: int) -> None:
    wide = pull(subject, _wide(subject, place, dim))
    grads = list(wide.grads)
    grad = grads[place]
    grads[place] = None if grad is None else grad.sum(dim, keepdim=True)
    expected = Pullback(wide.outputs, tuple(grads), wide.grads_y)
    name = subject.names[place]
    got = pull(subject, _narrow(subject, place, dim), wide.grads_y)
    require_equivalent(f"with {name} broadcast along dimension {dim}", subject.names, got, expected, None)


LAWS = (
    Law("empty_batch", "shapes", "An empty batch gives gradients of the inputs' shapes.", empty_batch),
    Law("broadcasting", "shapes", "A broadcast input gets the sum of its gradients, in its own shape.", broadcasting),
)

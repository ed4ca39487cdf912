"""Arguments: which of them need a gradient, one tensor for several, calls that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import torch
from torch import Tensor

from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import BrokenError, NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._pullback import call, pull, pull_from
from handgrad.laws._subject import Subject, has_a_value

ALL_SUBSETS = 4
"""Of so many differentiable arguments all subsets are tried; of more, each one alone and all but each one."""


def subsets(subject: Subject) -> None:
    """A gradient does not depend on which others are needed, and without any there is no graph."""
    usual = pull(subject, subject.leaves())
    reached = {place for place, grad in enumerate(usual.grads) if grad is not None}
    for chosen in _subsets(len(subject.points)):
        leaves = [leaf.requires_grad_(needed) for leaf, needed in zip(subject.leaves(), chosen, strict=True)]
        outputs = call(subject, leaves)
        needed = [place for place, yes in enumerate(chosen) if yes]
        where = f"where only {' and '.join(subject.names[place] for place in needed) or 'nothing'} needs a gradient"
        if not reached.intersection(needed):
            if not needed and any(y.requires_grad for y in outputs):
                raise BrokenError("an output requires a gradient although no input does")
            continue
        got = pull_from(outputs, leaves, usual.grads_y)
        grads = tuple(grad if place in needed else None for place, grad in enumerate(usual.grads))
        require_equivalent(where, subject.names, got, replace(usual, grads=grads))


def _subsets(count: int) -> Iterator[tuple[bool, ...]]:
    if count <= ALL_SUBSETS:
        yield from product((False, True), repeat=count)
        return
    yield (False,) * count
    for place in range(count):
        for yes in (True, False):
            yield tuple((i == place) == yes for i in range(count))


def same_tensor(subject: Subject) -> None:
    """One tensor passed for two arguments gets the sum of both gradients."""
    pairs = [(a, b) for a, b in combinations(range(len(subject.points)), 2) if _exchangeable(subject, a, b)]
    if not pairs:
        raise NotApplicableError("no two differentiable arguments have the same shape and dtype")
    for a, b in pairs:
        apart = list(subject.leaves())
        apart[b] = apart[a].detach().clone().requires_grad_()
        if not has_a_value(subject.at(apart)):
            continue  # what is a mean is no variance
        expected = pull(subject, apart)
        grads = list(expected.grads)
        grads[a], grads[b] = _sum(grads[a], grads[b]), None
        together = list(subject.leaves())
        together[b] = together[a]
        got = pull(lambda *_, given=together: subject(*given), [*together[:b], *together[b + 1 :]], expected.grads_y)
        got = replace(got, grads=(*got.grads[:b], None, *got.grads[b:]))
        where = f"with the same tensor for {subject.names[a]} and {subject.names[b]}"
        require_equivalent(where, subject.names, got, replace(expected, grads=tuple(grads)), expected)


def _exchangeable(subject: Subject, a: int, b: int) -> bool:
    one, other = subject.points[a], subject.points[b]
    return (one.shape, one.dtype) == (other.shape, other.dtype)


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    return b if a is None else a if b is None else a + b


def used_twice(subject: Subject) -> None:
    """Two calls with the same tensors add their gradients."""
    usual = pull(subject, subject.leaves())
    leaves = subject.leaves()
    outputs = [*call(subject, leaves), *call(subject, leaves)]
    got = pull_from(outputs, leaves, [*usual.grads_y, *[2 * g for g in usual.grads_y]])
    grads = tuple(None if grad is None else 3 * grad for grad in usual.grads)
    got = replace(got, outputs=got.outputs[: len(usual.outputs)])
    require_equivalent("of two calls with the same tensors", subject.names, got, replace(usual, grads=grads))


def overlapping_calls(subject: Subject) -> None:
    """A call between forward and backward of another changes nothing: what is kept is kept per call."""
    usual = pull(subject, subject.leaves())
    leaves = subject.leaves()
    outputs = call(subject, leaves)
    others = tuple((point.detach().flip(tuple(range(point.dim()))) * 0.75).requires_grad_() for point in subject.points)
    with torch.enable_grad():
        between = call(subject, others)
    got = pull_from(outputs, leaves, usual.grads_y)
    del between
    require_equivalent("with another call between forward and backward", subject.names, got, usual)


LAWS = (
    Law("subsets", "arguments", "A gradient does not depend on which other gradients are needed.", subsets),
    Law("same_tensor", "arguments", "A tensor passed twice gets the sum of both gradients.", same_tensor),
    Law("used_twice", "arguments", "Two calls with the same tensors add their gradients.", used_twice),
    Law("overlapping_calls", "arguments", "Calls that overlap in time do not disturb each other.", overlapping_calls),
)

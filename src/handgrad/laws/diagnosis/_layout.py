"""Right for contiguous tensors only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from handgrad.laws.diagnosis._differing import attempted
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import gradients


def upstream_strides(seen: Observations) -> str | None:
    """The same upstream gradient in another layout gives another gradient."""
    for words, grads_y in _layouts(seen.grads_y):
        right = gradients(seen.subject, [grad.contiguous() for grad in grads_y])
        found = attempted(_gradients(seen), partial(gradients, seen.subject, grads_y), right)
        if found:
            return f"with {words} upstream gradient (strides {grads_y[0].stride()}): {found}"
    return None


def input_strides(seen: Observations) -> str | None:
    """The same arguments in another layout give another gradient."""
    right = gradients(seen.subject)
    for number, (name, point) in enumerate(zip(seen.subject.names, seen.subject.points, strict=True)):
        if point.dim() < 2:
            continue
        points = list(seen.subject.points)
        points[number] = point.mT.contiguous().mT
        found = attempted(_gradients(seen), partial(gradients, seen.subject.at(points)), right)
        if found:
            return f"with {name} transposed in memory (strides {points[number].stride()}): {found}"
    return None


def _layouts(grads_y: Sequence[Tensor]) -> Iterator[tuple[str, list[Tensor]]]:
    if any(grad.dim() > 1 for grad in grads_y):
        yield "a transposed", [grad.mT.contiguous().mT if grad.dim() > 1 else grad for grad in grads_y]
    yield "an expanded", [grad.reshape(-1)[:1].reshape([1] * grad.dim()).expand(grad.shape) for grad in grads_y]
    yield "a narrowed", [torch.stack([grad, grad], -1)[..., 0] for grad in grads_y]


def _gradients(seen: Observations) -> list[str]:
    return [f"the gradient of {name}" for name in seen.subject.names]


MATCHERS = (
    ConductMatcher("upstream_strides", upstream_strides),
    ConductMatcher("input_strides", input_strides),
)

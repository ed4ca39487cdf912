"""Right for contiguous tensors only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import gradients
from handgrad.laws.diagnosis._wording import first_line, number, place


def upstream_strides(seen: Observations) -> str | None:
    """The same upstream gradient in another layout gives another gradient."""
    for words, grads_y in _layouts(seen.grads_y):
        right = gradients(seen.subject, [grad.contiguous() for grad in grads_y])
        found = _compared(seen, right, lambda grads_y=grads_y: gradients(seen.subject, grads_y))
        if found:
            return f"with {words} upstream gradient (strides {grads_y[0].stride()}) {found}"
    return None


def input_strides(seen: Observations) -> str | None:
    """The same arguments in another layout give another gradient."""
    right = gradients(seen.subject)
    for place_, point in enumerate(seen.subject.points):
        if point.dim() < 2:
            continue
        points = list(seen.subject.points)
        points[place_] = point.mT.contiguous().mT
        found = _compared(seen, right, lambda points=points: gradients(seen.subject.at(points)))
        if found:
            return f"with {seen.subject.names[place_]} transposed in memory (strides {points[place_].stride()}) {found}"
    return None


def _layouts(grads_y: Sequence[Tensor]) -> Iterator[tuple[str, list[Tensor]]]:
    yield "an expanded", [grad.reshape(-1)[:1].reshape([1] * grad.dim()).expand(grad.shape) for grad in grads_y]
    if any(grad.dim() > 1 for grad in grads_y):
        yield "a transposed", [grad.mT.contiguous().mT if grad.dim() > 1 else grad for grad in grads_y]
    yield "a narrowed", [torch.stack([grad, grad], -1)[..., 0] for grad in grads_y]


def _compared(seen: Observations, right: Sequence[Tensor], run: Callable[[], list[Tensor]]) -> str | None:
    try:
        found = run()
    except Exception as error:
        return f"the pass raises {type(error).__name__}: {first_line(error)}"
    for name, one, other in zip(seen.subject.names, found, right, strict=True):
        off = (one - other).abs()
        if not torch.allclose(one, other, 1e-5, 1e-7, equal_nan=True):
            entry = int(off.nan_to_num(torch.inf).argmax())
            got, expected = float(one.reshape(-1)[entry]), float(other.reshape(-1)[entry])
            return f"the gradient of {name}{place(one.shape, entry)} is {number(got)} instead of {number(expected)}"
    return None


MATCHERS = (
    ConductMatcher("upstream_strides", upstream_strides),
    ConductMatcher("input_strides", input_strides),
)

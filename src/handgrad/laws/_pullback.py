"""A function's values, and its gradients for a gradient from upstream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from handgrad.laws._finding import NotApplicableError
from handgrad.laws._upstream import upstream

Outputs = Sequence[Tensor]


@dataclass(frozen=True)
class Pullback:
    """What one forward and one backward gave.

    Attributes:
        outputs: the values, detached.
        grads: the gradients, one for each leaf; None for one that needs none, or that no output depends on.
        grads_y: the gradients from upstream, one for each output.
    """

    outputs: tuple[Tensor, ...]
    grads: tuple[Tensor | None, ...]
    grads_y: tuple[Tensor, ...]


def pull(
    function: Callable[..., Outputs], leaves: Sequence[Tensor], grads_y: Sequence[Tensor] | None = None
) -> Pullback:
    """Call ``function`` and pull ``grads_y`` (`upstream` where None) back to the leaves that require a gradient.

    A function that draws draws the same in every call.

    Raises:
        NotApplicableError: no output has a gradient.
    """
    outputs = call(function, leaves)
    return pull_from(outputs, leaves, grads_y)


def call(function: Callable[..., Outputs], leaves: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The outputs of ``function``; one that draws draws the same in every call."""
    torch.manual_seed(0)
    return tuple(function(*leaves))


def pull_from(
    outputs: Outputs, leaves: Sequence[Tensor], grads_y: Sequence[Tensor] | None = None, *, retain_graph: bool = False
) -> Pullback:
    """`pull`, for outputs that are there already."""
    grads_y = tuple(upstream(outputs) if grads_y is None else grads_y)
    pairs = [(y, grad_y) for y, grad_y in zip(outputs, grads_y, strict=True) if y.requires_grad]
    if not pairs:
        raise NotApplicableError("no output has a gradient")
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    ys, gs = zip(*pairs, strict=True)
    found = iter(torch.autograd.grad(ys, wanted, gs, retain_graph=retain_graph, allow_unused=True))
    grads = tuple(next(found) if leaf.requires_grad else None for leaf in leaves)
    return Pullback(tuple(y.detach() for y in outputs), grads, grads_y)


def pull_by_backward(
    function: Callable[..., Outputs], leaves: Sequence[Tensor], grads_y: Sequence[Tensor] | None = None
) -> Pullback:
    """`pull` by ``backward``, into ``grad`` of the leaves, for what refuses ``torch.autograd.grad``."""
    outputs = call(function, leaves)
    grads_y = tuple(upstream([y.detach() for y in outputs]) if grads_y is None else grads_y)
    pairs = [(y, grad_y) for y, grad_y in zip(outputs, grads_y, strict=True) if y.requires_grad]
    if not pairs:
        raise NotApplicableError("no output has a gradient")
    ys, gs = zip(*pairs, strict=True)
    torch.autograd.backward(ys, gs)
    return Pullback(tuple(y.detach() for y in outputs), tuple(leaf.grad for leaf in leaves), grads_y)


def pull_by_func(
    function: Callable[..., Outputs], points: Sequence[Tensor], grads_y: Sequence[Tensor] | None = None
) -> Pullback:
    """`pull` by ``torch.func.vjp``."""
    result = torch.func.vjp(lambda *xs: tuple(call(function, xs)), *points)
    outputs, pullback = result[0], result[1]
    grads_y = tuple(upstream(outputs) if grads_y is None else grads_y)
    return Pullback(tuple(outputs), tuple(pullback(grads_y)), grads_y)


def draws(function: Callable[..., Outputs], points: Sequence[Tensor]) -> bool:
    """Whether the values depend on the state of torch's random generator, or would if it were not seeded before every call."""
    if getattr(function, "reseeds", False):
        return True
    results = []
    with torch.no_grad():
        for seed in (0, 1):
            torch.manual_seed(seed)
            results.append(function(*points))
    return any(not torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(*results, strict=True))

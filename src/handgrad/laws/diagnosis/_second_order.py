"""The second derivative: backward differentiated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from handgrad.laws._differences import directional
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream

RELATIVE = 1e-5


@dataclass(frozen=True)
class Second:
    """Of the number Σ w ⊙ gradient: its derivative by one tensor, claimed and true.

    Attributes:
        name: of the tensor; ``the upstream gradient`` for what comes in.
        claimed: what differentiating backward gives; zeros where torch finds no dependence.
        true: finite differences of backward along one direction.
        noise: how far they can be trusted.
    """

    name: str
    claimed: float
    true: float
    noise: float

    @property
    def wrong(self) -> bool:
        """Whether they differ."""
        return not abs(self.claimed - self.true) <= self.noise + RELATIVE * abs(self.true)

    @property
    def lost(self) -> bool:
        """Whether there is a derivative and none is claimed."""
        return self.wrong and self.claimed == 0


def second_order(subject: Subject) -> list[Second]:
    """Differentiate backward by the upstream gradients (together) and by every tensor.

    Raises:
        RuntimeError: torch cannot, other than for want of a dependence.
    """
    shapes = subject(*subject.points)
    grads_y = [grad.detach() for grad in upstream(shapes, subject.seed)]
    points = [*subject.points, *grads_y]
    directions = [wave.detach() for wave in upstream(points, 11)]
    claimed = _claimed(subject, points, len(grads_y))
    groups = [[place] for place in range(len(subject.points))]
    groups.append(list(range(len(subject.points), len(points))))
    names = [*subject.names, "the upstream gradient"]
    return [
        Second(
            name,
            sum(float((claimed[i] * directions[i]).sum()) for i in group),
            *_true(subject, points, directions, group),
        )
        for name, group in zip(names, groups, strict=True)
    ]


def _claimed(subject: Subject, points: Sequence[Tensor], outputs: int) -> list[Tensor]:
    leaves = [point.clone().requires_grad_() for point in points]
    total = _weighted(subject, leaves, outputs, create_graph=True)
    if not total.requires_grad:
        return [torch.zeros_like(leaf) for leaf in leaves]
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    return [torch.zeros_like(leaf) if grad is None else grad for leaf, grad in zip(leaves, found, strict=True)]


def _weighted(subject: Subject, tensors: Sequence[Tensor], outputs: int, create_graph: bool) -> Tensor:
    tensors, grads_y = list(tensors[:-outputs]), list(tensors[-outputs:])
    grads = torch.autograd.grad(subject(*tensors), tensors, grads_y, create_graph=create_graph, allow_unused=True)
    found = [torch.zeros_like(tensor) if grad is None else grad for tensor, grad in zip(tensors, grads, strict=True)]
    weights = upstream(found, 5)
    return torch.stack([(weight * grad).sum() for weight, grad in zip(weights, found, strict=True)]).sum()


def _true(
    subject: Subject, points: Sequence[Tensor], directions: Sequence[Tensor], group: Sequence[int]
) -> tuple[float, float]:
    only = [direction if place in group else torch.zeros_like(direction) for place, direction in enumerate(directions)]
    outputs = len(points) - len(subject.points)
    (estimate,) = directional(_first_order(subject, outputs), points, only, 0.05)
    return float(estimate.value), float(estimate.noise)


def _first_order(subject: Subject, outputs: int) -> Callable[..., list[Tensor]]:
    def function(*tensors: Tensor) -> list[Tensor]:
        with torch.enable_grad():
            leaves = [tensor.clone().requires_grad_() for tensor in tensors]
            return [_weighted(subject, leaves, outputs, create_graph=False).detach()]

    return function

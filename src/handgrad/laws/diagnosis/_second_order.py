"""The derivative of the gradient: what differentiating backward gives, beside differences of backward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from handgrad.laws._agreement import Truth, truth_of_gradients
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream

RELATIVE = 1e-6


@dataclass(frozen=True)
class Second:
    """Of the number Σ w ⊙ gradient: its derivative by one tensor, flat, in float64.

    Attributes:
        name: of the tensor.
        claimed: what differentiating backward gives; zeros where torch finds no dependence.
        true: by differences; NaN where they cannot tell.
        tolerance: differences up to this one are none.
    """

    name: str
    claimed: Tensor
    true: Tensor
    tolerance: Tensor

    @property
    def wrong(self) -> bool:
        """Whether they differ."""
        return bool(((self.claimed - self.true).abs() > self.tolerance).any())

    @property
    def lost(self) -> bool:
        """Whether there is a derivative and none is claimed."""
        return self.wrong and bool((self.claimed == 0).all())

    def worst(self) -> tuple[float, float]:
        """Claimed and true where they differ most."""
        entry = int((self.claimed - self.true).abs().nan_to_num(0.0).argmax())
        return float(self.claimed[entry]), float(self.true[entry])


def second_order(subject: Subject) -> list[Second]:
    """Differentiate backward by every tensor and by the upstream gradients.

    Raises:
        RuntimeError: torch refuses.
    """
    known = truth_of_gradients(subject)
    leaves = [point.clone().requires_grad_() for point in known.points]
    tensors, grads_y = leaves[: len(subject.points)], leaves[len(subject.points) :]
    grads = torch.autograd.grad(subject(*tensors), tensors, grads_y, create_graph=True, allow_unused=True)
    filled = [torch.zeros_like(leaf) if grad is None else grad for leaf, grad in zip(tensors, grads, strict=True)]
    weights = [weight.detach() for weight in upstream(filled, 5)]
    claimed = _derivatives(filled, leaves, weights)
    rows = torch.cat([weight.double().reshape(-1) for weight in weights])
    return [_second(known, place, one, rows) for place, one in enumerate(claimed)]


def _derivatives(grads: Sequence[Tensor], leaves: Sequence[Tensor], weights: Sequence[Tensor]) -> list[Tensor]:
    alive = [(grad, weight) for grad, weight in zip(grads, weights, strict=True) if grad.requires_grad]
    if not alive:
        return [torch.zeros_like(leaf) for leaf in leaves]
    of, by = zip(*alive, strict=True)
    found = torch.autograd.grad(of, leaves, by, allow_unused=True)
    return [torch.zeros_like(leaf) if one is None else one for leaf, one in zip(leaves, found, strict=True)]


def _second(known: Truth, place: int, claimed: Tensor, weights: Tensor) -> Second:
    """Put the claimed derivative by one tensor beside the differences along its entries."""
    rows = torch.tensor([row for row, direction in enumerate(known.directions) if direction.place == place])
    entries = [known.directions[int(row)].entry for row in rows]
    estimate = known.estimate.rows(rows)
    true = (estimate.value * weights).sum(1)
    noise = (estimate.width / 2 * weights.abs()).sum(1)
    size = float(true[noise.isfinite()].abs().max()) if noise.isfinite().any() else 0.0
    unknown = ~noise.isfinite() | estimate.kink.any(1)
    return Second(
        known.names[place],
        claimed.detach().double().reshape(-1)[entries],
        true.masked_fill(unknown, torch.nan),
        noise + RELATIVE * size,
    )

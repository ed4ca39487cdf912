"""Bounding the gradients before an update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from handgrad.nn import Ensemble


class Clipping(NamedTuple):
    """How gradients are bounded, by the names of Lightning's Trainer.

    Attributes:
        limit: the largest 2-norm of all gradients together, of each member of an ensemble by itself; or the largest magnitude of
            an entry.
        algorithm: ``"norm"`` or ``"value"``.
    """

    limit: float
    algorithm: Literal["norm", "value"] = "norm"

    def clip_(self, net: nn.Module) -> None:
        """Bound the ``.grad`` of the parameters in place."""
        if self.algorithm == "value":
            clip_grad_value_(net.parameters(), self.limit)
        elif isinstance(net, Ensemble):
            _clip_members_([own.grad for own in net.parameters() if own.grad is not None], self.limit)
        else:
            clip_grad_norm_(net.parameters(), self.limit)

    def clipped(self, net: nn.Module, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The gradients of the net, bounded; nothing is changed in place."""
        if self.algorithm == "value":
            return [own.clamp(-self.limit, self.limit) for own in gradients]
        kept = 1 if isinstance(net, Ensemble) else 0
        first, *others = (own.square().sum(list(range(kept, own.dim()))) for own in gradients)
        factor = (self.limit / (sum(others, start=first).sqrt() + 1e-6)).clamp(max=1.0)
        return [own * factor.reshape(-1, *[1] * (own.dim() - 1)) if kept else own * factor for own in gradients]


def _clip_members_(gradients: list[Tensor], limit: float) -> None:
    """What ``clip_grad_norm_`` does, for each member of an ensemble: the first dimension of all gradients."""
    norms = torch.stack([torch.linalg.vector_norm(own.flatten(1), dim=1) for own in gradients])
    factors = (limit / (torch.linalg.vector_norm(norms, dim=0) + 1e-6)).clamp(max=1.0)
    for own in gradients:
        own.mul_(factors.reshape(-1, *[1] * (own.dim() - 1)))

"""Bounding the gradients before an update."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_


class Clipping(NamedTuple):
    """How gradients are bounded, by the names of Lightning's Trainer.

    Attributes:
        limit: the largest 2-norm of all gradients together, or the largest magnitude of an entry.
        algorithm: ``"norm"`` or ``"value"``.
    """

    limit: float
    algorithm: Literal["norm", "value"] = "norm"

    def clip_(self, parameters: Iterable[nn.Parameter]) -> None:
        """Bound the ``.grad`` of the parameters in place."""
        if self.algorithm == "value":
            clip_grad_value_(parameters, self.limit)
        else:
            clip_grad_norm_(parameters, self.limit)

    def clipped(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The gradients, bounded; the same formulas as torch's functions, with nothing in place."""
        if self.algorithm == "value":
            return [gradient.clamp(-self.limit, self.limit) for gradient in gradients]
        norm = sum((gradient * gradient).sum() for gradient in gradients) ** 0.5
        return [gradient * (self.limit / (norm + 1e-6)).clamp(max=1.0) for gradient in gradients]

"""Exercise 6: softmax.

Definition      y_i = e^{x_i} / Σ_k e^{x_k}         along one dimension; y is positive and sums to 1
Derivation      By the quotient rule ∂y_i/∂x_j = y_i ([i = j] − y_j), where [i = j] is 1 for i = j and else 0. So the Jacobian is
                not diagonal: more of one class is less of every other.
Products        x̄_j = Σ_i ȳ_i ∂y_i/∂x_j. Put the derivative in, and split the sum at the minus sign: one part has a single term,
                the other is a sum over i that does not depend on j.

``backward`` below is wrong. Repair it, and let it be marked: python scripts/check.py exercise=softmax
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class SoftmaxFunction(torch.autograd.Function):
    """The rule of softmax."""

    @staticmethod
    def forward(x: Tensor, dim: int) -> Tensor:
        """Probabilities."""
        return torch.softmax(x, dim)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, int], output: Tensor) -> None:
        """Keep what `backward` needs."""
        ctx.save_for_backward(output)
        ctx.dim = inputs[1]

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor, None]:
        """The gradient of x, given that of y; dim has none."""
        y: Tensor = ctx.saved_tensors[0]
        return grad_y * y * (1 - y), None

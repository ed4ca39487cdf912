"""Exercise 5: a linear map.

Definition      y_bi = Σ_j x_bj W_ij                x: (batch, in); W: (out, in); y: (batch, out)
Derivation      ∂y_bi/∂x_bj = W_ij: x_bj reaches every output i of its own row b.
                ∂y_bi/∂W_ij = x_bj: W_ij is used once in every row b.
Products        x̄_bj is a sum over i, W̄_ij a sum over b. Write both sums as matrix products, and let the shapes tell you
                what is transposed. (Here in = out, so a wrong product does not give itself away by its shape.)

``backward`` below is wrong. Repair it, and let it be marked: python scripts/check.py exercise=linear
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class LinearFunction(torch.autograd.Function):
    """The rule of linear."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor) -> Tensor:
        """Multiply every row by the matrix."""
        return x @ weight.T

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        """Keep what `backward` needs."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients of x and the weight, given that of y."""
        x, weight = ctx.saved_tensors
        return grad_y @ weight.T, grad_y.T @ x

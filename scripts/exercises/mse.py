"""Exercise 1: mean squared error.

Definition      L = 1/N · Σ_n (y_n − t_n)²          y, t: tensors of one shape with N entries; L: a number
Derivation      y_n stands in one term of the sum. What is the derivative of a square?
                t_n stands in the same term. With which sign?
Products        Upstream comes one number, L̄ = dJ/dL. By the chain rule each gradient is L̄ times the derivative of L.

``backward`` below is wrong. Repair it, and let it be marked: python scripts/check.py exercise=mse
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class MSEFunction(torch.autograd.Function):
    """The rule of mse."""

    @staticmethod
    def forward(y: Tensor, t: Tensor) -> Tensor:
        """L."""
        return (y - t).square().mean()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        """Keep what `backward` needs."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients of y and t, given that of L."""
        y, t = ctx.saved_tensors
        grad_y = grad_loss * (y - t) / y.numel()
        return grad_y, -grad_y

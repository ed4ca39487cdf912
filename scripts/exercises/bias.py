"""Exercise 2: adding a bias.

Definition      y_bi = x_bi + b_i                   x: (batch, out); b: (out,), the same for every row
Derivation      ∂y_bi/∂x_bi = 1 and ∂y_bi/∂b_i = 1. But b_i stands in many y: which ones?
Products        Upstream comes ȳ of the shape of y. The gradient of a number that is used several times is the sum over its uses.

``backward`` below is wrong. Repair it, and let it be marked: python scripts/check.py exercise=bias
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class AddBiasFunction(torch.autograd.Function):
    """The rule of add_bias."""

    @staticmethod
    def forward(x: Tensor, b: Tensor) -> Tensor:
        """Add b to every row."""
        return x + b

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        """Nothing is needed: both derivatives are 1."""

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients of x and b, given that of y."""
        return grad_y.clone(), grad_y.mean(0)

"""Exercise 4: the logistic sigmoid.

Definition      y = σ(x) = 1 / (1 + e⁻ˣ)            elementwise, any shape
Derivation      By the chain rule dy/dx = e⁻ˣ / (1 + e⁻ˣ)². Split the square: one factor is σ(x). Multiply numerator and
                denominator of the other, e⁻ˣ / (1 + e⁻ˣ), by eˣ: it is the sigmoid of another number. Of which?
Products        The Jacobian is diagonal: x̄ = ȳ · dy/dx.

``backward`` below uses the well-known short form, but not as it is meant. Repair it, and let it be marked:
python scripts/check.py exercise=sigmoid
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class SigmoidFunction(torch.autograd.Function):
    """The rule of sigmoid."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        """σ(x)."""
        return torch.sigmoid(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        """Keep what `backward` needs."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        """The gradient of x, given that of y."""
        x: Tensor = ctx.saved_tensors[0]
        return grad_y * x * (1 - x)

"""Exercise 10: a gradient of a gradient.

Definition      y = log(1 + eˣ)                     elementwise, any shape; a smooth relu
Derivation      dy/dx = eˣ / (1 + eˣ) = σ(x), the logistic sigmoid
Products        The Jacobian is diagonal: x̄ = ȳ · σ(x).
Twice           Whoever differentiates x̄ again (a Hessian, a gradient penalty) needs torch to see how x̄ came from x. It sees what
                `backward` does with tensors that were saved as inputs or outputs of the function. What was computed on the way and
                kept is a constant to it, and the second derivative is 0 without a word.

The gradient below is right, the gradient of the gradient is not. Repair it, and let it be marked:
python scripts/check.py exercise=softplus
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class SoftplusFunction(torch.autograd.Function):
    """The rule of softplus."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        """log(1 + eˣ), without overflow."""
        return torch.nn.functional.softplus(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        """Keep what `backward` needs."""
        ctx.save_for_backward(torch.sigmoid(*inputs))

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        """The gradient of x, given that of y."""
        slope: Tensor = ctx.saved_tensors[0]
        return grad_y * slope

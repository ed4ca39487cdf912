"""Exercise 3: the rectified linear unit.

Definition      y = max(0, x)                       elementwise, any shape
Derivation      Where x > 0, y is x. Where x < 0, y does not move with x. (At 0 itself we take the slope 0.)
Products        The Jacobian is diagonal: each upstream number ȳ meets the slope at its own x, and no other.

``backward`` below is wrong. Repair it, and let it be marked: python scripts/check.py exercise=relu
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class ReLUFunction(torch.autograd.Function):
    """The rule of relu."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        """Cut off what is negative."""
        return x.clamp(min=0)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        """Keep what `backward` needs."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        """The gradient of x, given that of y."""
        x: Tensor = ctx.saved_tensors[0]
        return grad_y.masked_fill(x > 0, 0)

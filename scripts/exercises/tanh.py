"""Exercise 8: the hyperbolic tangent, and whose memory it is.

Definition      y = tanh(x)                         elementwise, any shape
Derivation      dy/dx = 1 / cosh²(x) = 1 − tanh²(x)
Products        The Jacobian is diagonal: x̄ = ȳ · dy/dx.
Whose memory    ȳ comes from another function, which may hand the same tensor to others, or look at it again. `backward` gets it to
                read. So it is with all that `forward` was given and all that was saved.

The formula below is right, and gradcheck finds nothing. Something else is wrong. Repair it, and let it be marked:
python scripts/check.py exercise=tanh
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class TanhFunction(torch.autograd.Function):
    """The rule of tanh."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        """tanh(x)."""
        return torch.tanh(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        """Keep what `backward` needs."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        """The gradient of x, given that of y."""
        x: Tensor = ctx.saved_tensors[0]
        return grad_y.div_(x.cosh()).div(x.cosh())

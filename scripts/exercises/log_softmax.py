"""Exercise 9: log-softmax in forward mode.

Definition      y_i = x_i − log Σ_k e^{x_k}         along one dimension; e^{y} is the softmax p
Derivation      ∂y_i/∂x_j = [i = j] − p_j
Products        Reverse mode multiplies by the Jacobian from the left: x̄_j = Σ_i ȳ_i ∂y_i/∂x_j = ȳ_j − p_j Σ_i ȳ_i.
                Forward mode multiplies from the right: ẏ_i = Σ_j ∂y_i/∂x_j ẋ_j. This Jacobian is not symmetric, so the two products
                are two formulas.

``backward`` below is right, `jvp` is wrong. Repair it, and let it be marked: python scripts/check.py exercise=log_softmax
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class LogSoftmaxFunction(torch.autograd.Function):
    """The rule of log_softmax."""

    @staticmethod
    def forward(x: Tensor, dim: int) -> Tensor:
        """Logarithms of probabilities."""
        return torch.log_softmax(x, dim)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, int], output: Tensor) -> None:
        """Keep what both products need."""
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)
        ctx.dim = inputs[1]

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor, None]:
        """The gradient of x, given that of y; dim has none."""
        y: Tensor = ctx.saved_tensors[0]
        return grad_y - y.exp() * grad_y.sum(ctx.dim, keepdim=True), None

    @staticmethod
    def jvp(ctx: Any, tangent_x: Tensor, _: None) -> Tensor:
        """The tangent of y, given that of x."""
        y: Tensor = ctx.saved_tensors[0]
        return tangent_x - y.exp() * tangent_x.sum(ctx.dim, keepdim=True)

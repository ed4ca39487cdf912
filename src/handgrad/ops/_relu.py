"""Rectified linear unit.

Definition      y = max(0, x)                             elementwise, any shape
Derivation      dy/dx = 1 for x > 0, and 0 for x < 0
Kink            At x = 0 any number in [0, 1] is a subgradient; the chapter, torch and we take 0. A NaN passes its gradient on.
Products        The Jacobian is diagonal with ones and zeros, so both products open or shut a gate:
                x̄ = ȳ where y ≠ 0, else 0        ẏ = ẋ where y ≠ 0, else 0
Saved           y: the network keeps it anyway, as the input of the next layer. y ≠ 0 exactly where x > 0 (or x is NaN).
Source          SPEC S3; torch.nn.functional.relu for the convention at 0.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from handgrad.ops._gate import gate
from handgrad.ops._hand_function import Context, HandFunction, save


def relu_product(vector: Tensor, y: Tensor) -> Tensor:
    """``vector`` where ``y ≠ 0``, else 0: the vector-Jacobian and the Jacobian-vector product of ReLU."""
    return gate(vector, y)


class ReLUFunction(HandFunction):
    """The rule of `relu`."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return torch.threshold(x, 0, 0)  # relu and clamp keep the sign of -0.0, whose bits are not 0

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor], output: Tensor) -> None:
        save(ctx, output)

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> Tensor:
        return relu_product(grad_y, *ctx.saved_tensors)

    @staticmethod
    def jvp(ctx: Context, tangent_x: Tensor) -> Tensor:
        return relu_product(tangent_x, *ctx.saved_tensors)


def relu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Rectified linear unit, elementwise: ``max(0, x)``.

    Args:
        x: a floating-point tensor of any shape.

    Returns:
        A tensor like ``x``, never negative; NaN stays NaN.
    """
    result: Tensor = ReLUFunction.apply(x)
    return result

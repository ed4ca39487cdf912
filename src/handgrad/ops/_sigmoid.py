"""Logistic sigmoid.

Definition      y = σ(x) = 1 / (1 + e⁻ˣ)                  elementwise, any shape
Derivation      dy/dx = e⁻ˣ / (1 + e⁻ˣ)²
                      = 1/(1 + e⁻ˣ) · e⁻ˣ/(1 + e⁻ˣ)
                      = σ(x) σ(−x)
                The books go on with 1 − σ(x) = σ(−x). In floating point that difference cancels: from x = 17 on it is 0 in
                float32 and the gradient is gone, while the mirrored sigmoid m = σ(−x) is right to the last digits. It has
                dm/dx = −σ(−x) σ(x)
Products        Both Jacobians are diagonal, so each has one formula for both products:
                x̄ = ȳ · m y        ẏ = ẋ · m y        and for m        x̄ = −m̄ · y m        ṁ = −ẋ · y m
                The two rules name each other and no third, so all higher derivatives are this page again.
Saved           x and y, in both rules. (In a network y is kept anyway, as the input of the next layer.)
Source          SPEC S3; torch.sigmoid for the value.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from handgrad.ops._hand_function import Context, HandFunction, product, save, unrecorded


def sigmoid_product(vector: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """``vector · σ(−x) σ(x)``: the vector-Jacobian and the Jacobian-vector product of the sigmoid."""
    return product(MirroredSigmoidFunction.apply(x), y, vector)


def mirrored_sigmoid_product(vector: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """``−vector · σ(x) σ(−x)``: both products of the mirrored sigmoid, whose value is ``y``."""
    return -product(sigmoid(x), y, vector)


class SigmoidFunction(HandFunction):
    """The rule of `sigmoid`."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return torch.sigmoid(x)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor], output: Tensor) -> None:
        save(ctx, *inputs, output)

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> Tensor:
        return sigmoid_product(grad_y, *ctx.saved_tensors)

    @staticmethod
    def jvp(ctx: Context, tangent_x: Tensor) -> Tensor:
        return sigmoid_product(tangent_x, *ctx.saved_tensors)


class MirroredSigmoidFunction(HandFunction):
    """The rule of σ(−x)."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        negative = torch.neg(x)
        return negative.sigmoid_() if unrecorded(x) else negative.sigmoid()

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor], output: Tensor) -> None:
        save(ctx, *inputs, output)

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> Tensor:
        return mirrored_sigmoid_product(grad_y, *ctx.saved_tensors)

    @staticmethod
    def jvp(ctx: Context, tangent_x: Tensor) -> Tensor:
        return mirrored_sigmoid_product(tangent_x, *ctx.saved_tensors)


def sigmoid(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Logistic sigmoid, elementwise: ``1 / (1 + exp(-x))``.

    Args:
        x: a floating-point tensor of any shape.

    Returns:
        A tensor like ``x`` with values in [0, 1].
    """
    result: Tensor = SigmoidFunction.apply(x)
    return result

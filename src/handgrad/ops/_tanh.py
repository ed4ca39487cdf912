"""Hyperbolic tangent.

Definition      y = tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)       elementwise, any shape
Derivation      With sinh' = cosh and cosh' = sinh, the quotient rule gives
                dy/dx = (cosh² x − sinh² x) / cosh² x
                      = 1 / cosh² x
                The books go on with 1 − y². In floating point that difference cancels: from x = 9 on it is 0 in float32,
                while 1/cosh is right to the last digits. (1/cosh is squared last: cosh² would overflow at x = 45.)
                The slope is a function of its own, s = 1/cosh² x, with
                ds/dx = −2 sinh x / cosh³ x = −2 s tanh x
Products        Both Jacobians are diagonal, so each has one formula for both products:
                x̄ = ȳ · s        ẏ = ẋ · s        and for s        x̄ = s̄ · (−2 s y)        ṡ = ẋ · (−2 s y)
                The two rules name each other and no third, so all higher derivatives are this page again.
Saved           x; for the slope x and s.
Source          SPEC S3 lists the chapter's activations; the derivative is Abramowitz & Stegun 4.5.73, torch.tanh gives the value.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from handgrad.ops._hand_function import Context, HandFunction, product, save, unrecorded


def tanh_product(vector: Tensor, x: Tensor) -> Tensor:
    """``vector / cosh² x``: the vector-Jacobian and the Jacobian-vector product of tanh."""
    slope: Tensor = TanhSlopeFunction.apply(x)
    return product(slope, vector)


def tanh_slope_product(vector: Tensor, x: Tensor, slope: Tensor) -> Tensor:
    """``vector · (−2 s tanh x)``: both products of the slope s = 1/cosh² x."""
    return product(-2 * tanh(x), slope, vector)


class TanhFunction(HandFunction):
    """The rule of `tanh`."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return torch.tanh(x)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor], output: Tensor) -> None:
        save(ctx, *inputs)

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> Tensor:
        return tanh_product(grad_y, *ctx.saved_tensors)

    @staticmethod
    def jvp(ctx: Context, tangent_x: Tensor) -> Tensor:
        return tanh_product(tangent_x, *ctx.saved_tensors)


class TanhSlopeFunction(HandFunction):
    """The rule of 1/cosh² x, the slope of tanh."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        cosh = torch.cosh(x)
        return cosh.reciprocal_().pow_(2) if unrecorded(x) else cosh.reciprocal().pow(2)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor], output: Tensor) -> None:
        save(ctx, *inputs, output)

    @staticmethod
    def backward(ctx: Context, grad_slope: Tensor) -> Tensor:
        return tanh_slope_product(grad_slope, *ctx.saved_tensors)

    @staticmethod
    def jvp(ctx: Context, tangent_x: Tensor) -> Tensor:
        return tanh_slope_product(tangent_x, *ctx.saved_tensors)


def tanh(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Hyperbolic tangent, elementwise.

    Args:
        x: a floating-point tensor of any shape.

    Returns:
        A tensor like ``x`` with values in [-1, 1].
    """
    result: Tensor = TanhFunction.apply(x)
    return result

"""Softmax.

Definition      y_i = e^{x_i} / Σ_k e^{x_k}               along one dimension
Derivation      By the quotient rule, with S = Σ_k e^{x_k} and ∂S/∂x_j = e^{x_j},
                ∂y_i/∂x_j = ([i = j] e^{x_i} S − e^{x_i} e^{x_j}) / S²
                          = y_i ([i = j] − y_j)
Products        x̄_j = Σ_i ȳ_i y_i ([i = j] − y_j) = y_j ȳ_j − y_j Σ_i y_i ȳ_i
                ẏ_i = Σ_j y_i ([i = j] − y_j) ẋ_j = y_i ẋ_i − y_i Σ_j y_j ẋ_j
                The Jacobian is symmetric, so both products are one formula. It need not be formed: it is diagonal plus rank one.
Saved           y.
Source          SPEC S1 (outputs are probabilities that sum to 1); torch.softmax for the value.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from handgrad.ops._autocast import any_autocast, widened
from handgrad.ops._hand_function import Context, HandFunction, save, unrecorded


def softmax_product(vector: Tensor, y: Tensor, dim: int) -> Tensor:
    """``y ⊙ v − y Σ y ⊙ v`` along ``dim``: the vector-Jacobian and the Jacobian-vector product of softmax."""
    weighted = vector * y
    total = weighted.sum(dim, keepdim=True)
    out = weighted if unrecorded(vector) else None
    return torch.addcmul(weighted, y, total, value=-1, out=out)


class SoftmaxFunction(HandFunction):
    """The rule of `softmax`."""

    @staticmethod
    def forward(x: Tensor, dim: int) -> Tensor:
        return torch.softmax(x, dim)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor, int], output: Tensor) -> None:
        save(ctx, output)
        ctx.dim = inputs[1]

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> tuple[Tensor, None]:
        return softmax_product(grad_y, ctx.saved_tensors[0], ctx.dim), None

    @staticmethod
    def jvp(ctx: Context, tangent_x: Tensor, _: None) -> Tensor:
        return softmax_product(tangent_x, ctx.saved_tensors[0], ctx.dim)


def softmax(x: Float[Tensor, "*shape"], dim: int) -> Float[Tensor, "*shape"]:
    """Softmax along ``dim``: positive numbers that sum to 1.

    Args:
        x: a floating-point tensor of any shape.
        dim: the dimension that is normalised.

    Returns:
        A tensor like ``x``.

    Raises:
        IndexError: ``x`` has no dimension ``dim``.
    """
    if any_autocast() and x.device.type != "cpu":
        x = widened(x)
    result: Tensor = SoftmaxFunction.apply(x, dim)
    return result

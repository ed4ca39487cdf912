"""Linear map.

Definition      y = x Wᵀ + b, written out y_ni = Σ_j x_nj W_ij + b_i
                n runs over the batch (all dimensions of x but the last, or none), j over inputs, i over outputs.
Derivation      ∂y_ni/∂x_nj = W_ij        ∂y_ni/∂W_ij = x_nj        ∂y_ni/∂b_i = 1
Products        x̄_nj = Σ_i ȳ_ni W_ij          x̄ = ȳ W
                W̄_ij = Σ_n ȳ_ni x_nj          W̄ = ȳᵀ x       the transpose puts i first; the product sums over the batch,
                b̄_i  = Σ_n ȳ_ni               b̄ = Σ_n ȳ_n    because every row of x used the same W and b
                ẏ = ẋ Wᵀ + x Ẇᵀ + ḃ
                The products are bilinear in what they contain, so torch differentiates them further.
Saved           x and W.
Source          SPEC S2; torch.nn.functional.linear for the value and the layout (out, in).
"""

import math

from jaxtyping import Float
from torch import Tensor

from handgrad.ops._autocast import any_autocast, lowered
from handgrad.ops._hand_function import Context, HandFunction, save
from handgrad.ops._matrix_product import affine, matrix_product


def linear_vjp_x(grad_y: Tensor, weight: Tensor) -> Tensor:
    """``ȳ W``."""
    return matrix_product(grad_y, weight)


def linear_vjp_weight(grad_y: Tensor, x: Tensor) -> Tensor:
    """``ȳᵀ x``, summed over the batch."""
    return matrix_product(_rows(grad_y).mT, _rows(x))


def linear_vjp_bias(grad_y: Tensor) -> Tensor:
    """``Σ_n ȳ_n``."""
    return _rows(grad_y).sum(0)


def linear_jvp(
    tangent_x: Tensor | None, tangent_weight: Tensor | None, tangent_bias: Tensor | None, x: Tensor, weight: Tensor
) -> Tensor:
    """``ẋ Wᵀ + x Ẇᵀ + ḃ``; None is a tangent of zero."""
    tangent_y = x.new_zeros(*x.shape[:-1], weight.shape[0]) if tangent_x is None else tangent_x @ weight.mT
    if tangent_weight is not None:
        tangent_y = tangent_y + x @ tangent_weight.mT
    return tangent_y if tangent_bias is None else tangent_y + tangent_bias


def _rows(x: Tensor) -> Tensor:
    """All batch dimensions as one; a vector is a batch of one row."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


class LinearFunction(HandFunction):
    """The rule of `linear`."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return affine(x, weight, bias)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor, Tensor, Tensor | None], output: Tensor) -> None:
        save(ctx, inputs[0], inputs[1])

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        return (
            linear_vjp_x(grad_y, weight) if needs_x else None,
            linear_vjp_weight(grad_y, x) if needs_weight else None,
            linear_vjp_bias(grad_y) if needs_bias else None,
        )

    @staticmethod
    def jvp(
        ctx: Context, tangent_x: Tensor | None, tangent_weight: Tensor | None, tangent_bias: Tensor | None
    ) -> Tensor:
        x, weight = ctx.saved_tensors
        return linear_jvp(tangent_x, tangent_weight, tangent_bias, x, weight)


def linear(
    x: Float[Tensor, "*batch inputs"],
    weight: Float[Tensor, "outputs inputs"],
    bias: Float[Tensor, " outputs"] | None = None,
) -> Float[Tensor, "*batch outputs"]:
    """Linear map ``x Wᵀ + b``.

    Args:
        x: inputs, of any batch shape or none.
        weight: the weight matrix, one row an output.
        bias: one number an output, or None for none.

    Returns:
        The outputs, of the batch shape of ``x``.

    Raises:
        ValueError: the shapes or dtypes do not fit together.
    """
    if weight.dim() != 2 or (bias is not None and bias.numel() != weight.shape[0]):
        _explain(x, weight, bias)
    if any_autocast():
        x, weight, bias = lowered(x), lowered(weight), lowered(bias)
    try:
        result: Tensor = LinearFunction.apply(x, weight, bias)
    except RuntimeError:
        _explain(x, weight, bias)
        raise
    return result


def _explain(x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Raise what does not fit, if it is something that we know. Looking only after a failure costs a good call nothing."""
    fitting = f"(out, {x.shape[-1]})" if x.dim() else "(out, in) and x at least one dimension"
    if weight.dim() != 2 or x.dim() == 0 or x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"linear: weight must have shape {fitting} to match x of shape {tuple(x.shape)}, got {tuple(weight.shape)}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(
            f"linear: bias must have shape {tuple(weight.shape[:1])} to match weight of shape {tuple(weight.shape)}, "
            f"got {tuple(bias.shape)}"
        )
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and (parameter.dtype, parameter.device) != (x.dtype, x.device):
            raise ValueError(
                f"linear: {name} must be {x.dtype} on {x.device} to match x, got {parameter.dtype} on {parameter.device}"
            )

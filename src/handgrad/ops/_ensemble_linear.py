"""Linear maps of an ensemble: one for each member, all in one batched product.

Definition      y_m = x_m W_mᵀ + b_m, written out y_mni = Σ_j x_mnj W_mij + b_mi
                m runs over the members, n over the batch, j over inputs, i over outputs. Where all share one x, x_mnj = x_nj.
Derivation      ∂y_mni/∂x_mnj = W_mij      ∂y_mni/∂W_mij = x_mnj      ∂y_mni/∂b_mi = 1
                Nothing of one member stands in the y of another, so these are the derivatives of its own linear map.
Products        x̄_mnj = Σ_i ȳ_mni W_mij        x̄_m = ȳ_m W_m       an x that all share hears from all: x̄_nj = Σ_m x̄_mnj
                W̄_mij = Σ_n ȳ_mni x_mnj        W̄_m = ȳ_mᵀ x_m
                b̄_mi  = Σ_n ȳ_mni              b̄_m = Σ_n ȳ_mn
                ẏ_m = ẋ_m W_mᵀ + x_m Ẇ_mᵀ + ḃ_m
                The products are bilinear in what they contain, so torch differentiates them further.
Saved           x and W.
Source          The page of linear, for each member; torch.baddbmm for the value.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from handgrad.ops._autocast import any_autocast, lowered
from handgrad.ops._broadcast import unbroadcast
from handgrad.ops._hand_function import Context, HandFunction, save
from handgrad.ops._matrix_product import batched_affine, batched_product


def ensemble_linear_vjp_x(grad_y: Tensor, weight: Tensor) -> Tensor:
    """``ȳ_m W_m``, for each member."""
    return batched_product(grad_y, weight)


def ensemble_linear_vjp_weight(grad_y: Tensor, x: Tensor) -> Tensor:
    """``ȳ_mᵀ x_m``, summed over the batch."""
    return batched_product(grad_y.mT, _of_each(x, grad_y))


def ensemble_linear_vjp_bias(grad_y: Tensor) -> Tensor:
    """``Σ_n ȳ_mn``."""
    return grad_y.sum(1)


def ensemble_linear_jvp(
    tangent_x: Tensor | None, tangent_weight: Tensor | None, tangent_bias: Tensor | None, x: Tensor, weight: Tensor
) -> Tensor:
    """``ẋ_m W_mᵀ + x_m Ẇ_mᵀ + ḃ_m``; None is a tangent of zero."""
    if tangent_x is None:
        tangent_y = x.new_zeros(weight.shape[0], x.shape[-2], weight.shape[1])
    else:
        tangent_y = torch.bmm(_of_each(tangent_x, weight), weight.mT)
    if tangent_weight is not None:
        tangent_y = tangent_y + torch.bmm(_of_each(x, weight), tangent_weight.mT)
    return tangent_y if tangent_bias is None else tangent_y + tangent_bias.unsqueeze(1)


def _of_each(x: Tensor, members: Tensor) -> Tensor:
    """``x`` with a dimension of members, as ``members`` has it; a shared x is not copied."""
    return x.expand(members.shape[0], *x.shape) if x.dim() == 2 else x


class EnsembleLinearFunction(HandFunction):
    """The rule of `ensemble_linear`."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return batched_affine(_of_each(x, weight), weight, bias)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor, Tensor, Tensor | None], output: Tensor) -> None:
        save(ctx, inputs[0], inputs[1])

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        return (
            unbroadcast(ensemble_linear_vjp_x(grad_y, weight), x) if needs_x else None,
            ensemble_linear_vjp_weight(grad_y, x) if needs_weight else None,
            ensemble_linear_vjp_bias(grad_y) if needs_bias else None,
        )

    @staticmethod
    def jvp(
        ctx: Context, tangent_x: Tensor | None, tangent_weight: Tensor | None, tangent_bias: Tensor | None
    ) -> Tensor:
        x, weight = ctx.saved_tensors
        return ensemble_linear_jvp(tangent_x, tangent_weight, tangent_bias, x, weight)


def ensemble_linear(
    x: Float[Tensor, "*members batch inputs"],
    weight: Float[Tensor, "members outputs inputs"],
    bias: Float[Tensor, "members outputs"] | None = None,
) -> Float[Tensor, "members batch outputs"]:
    """Linear maps ``x_m W_mᵀ + b_m`` of the members of an ensemble.

    Args:
        x: inputs, one batch for all members or one for each: shape (batch, inputs) or (members, batch, inputs).
        weight: a weight matrix for each member, one row an output.
        bias: one number an output for each member, or None for none.

    Returns:
        The outputs of each member.

    Raises:
        ValueError: the shapes or dtypes do not fit together.
    """
    if weight.dim() != 3 or x.dim() not in (2, 3) or (bias is not None and bias.shape != weight.shape[:2]):
        _explain(x, weight, bias)
    if any_autocast():
        x, weight, bias = lowered(x), lowered(weight), lowered(bias)
    try:
        result: Tensor = EnsembleLinearFunction.apply(x, weight, bias)
    except RuntimeError:
        _explain(x, weight, bias)
        raise
    return result


def _explain(x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Raise what does not fit, if it is something that we know. Looking only after a failure costs a good call nothing."""
    if weight.dim() != 3:
        raise ValueError(f"ensemble_linear: weight must have shape (members, out, in), got {tuple(weight.shape)}")
    members, outputs, inputs = weight.shape
    if x.dim() not in (2, 3) or x.shape[-1] != inputs or (x.dim() == 3 and x.shape[0] != members):
        raise ValueError(
            f"ensemble_linear: x must have shape (batch, {inputs}) or ({members}, batch, {inputs}) to match weight of shape "
            f"{tuple(weight.shape)}, got {tuple(x.shape)}"
        )
    if bias is not None and bias.shape != (members, outputs):
        raise ValueError(
            f"ensemble_linear: bias must have shape {(members, outputs)} to match weight of shape {tuple(weight.shape)}, "
            f"got {tuple(bias.shape)}"
        )
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and (parameter.dtype, parameter.device) != (x.dtype, x.device):
            raise ValueError(
                f"ensemble_linear: {name} must be {x.dtype} on {x.device} to match x, "
                f"got {parameter.dtype} on {parameter.device}"
            )

"""Mean squared error.

Definition      L = c · Σ_n (y_n − t_n)²                 y and t broadcast; c by the convention: 1/N for mean, ½ for half_sum, …
Derivation      ∂(y_n − t_n)²/∂y_n = 2 (y_n − t_n)       ∂(y_n − t_n)²/∂t_n = −2 (y_n − t_n)
Products        ȳ_n = (y_n − t_n) · 2c L̄                t̄_n = −ȳ_n        summed over the entries that broadcasting copied
                L̇ = c Σ_n 2 (y_n − t_n) (ẏ_n − ṫ_n)
                Without reduction c is 1, L̄ has an entry for each n, and L̇ is not summed.
                The products are polynomials in y, t and L̄, so torch differentiates them further.
Saved           y and t.
Source          SPEC S5; torch.nn.functional.mse_loss for the value.
"""

from collections.abc import Callable
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor

from handgrad.ops._autocast import any_autocast, widened
from handgrad.ops._broadcast import unbroadcast
from handgrad.ops._hand_function import Context, HandFunction, product, save
from handgrad.ops._reduction import KERNEL_REDUCTION, Reduction, complete, scale, unknown_reduction

_kernel: Callable[..., Tensor] = torch._C._nn.mse_loss


def mse_loss_vjp(grad_loss: Tensor, y: Tensor, target: Tensor, reduction: str) -> Tensor:
    """``(y − t) · 2c L̄`` in the broadcast shape: the gradient of ``y``, and minus that of ``target``, before unbroadcasting."""
    difference = y - target
    return product(difference, 2 * scale(grad_loss, reduction, difference.numel(), 1))


def mse_loss_jvp(tangent: Tensor, y: Tensor, target: Tensor, reduction: str) -> Tensor:
    """``c Σ 2 (y − t) · tangent``, where ``tangent`` is ẏ − ṫ."""
    difference = y - target
    terms = 2 * difference * tangent
    return terms if reduction == "none" else scale(terms.sum(), reduction, difference.numel(), 1)


class MSELossFunction(HandFunction):
    """The rule of `mse_loss`."""

    @staticmethod
    def forward(y: Tensor, target: Tensor, reduction: str) -> Tensor:
        if y.shape != target.shape:
            y, target = torch.broadcast_tensors(y, target)  # the kernel does so too, but not right under vmap of vmap
        return complete(_kernel(y, target, KERNEL_REDUCTION[reduction]), reduction, 1)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor, Tensor, str], output: Tensor) -> None:
        save(ctx, *inputs[:2])
        ctx.reduction = inputs[2]

    @staticmethod
    def backward(ctx: Context, grad_loss: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        y, target = ctx.saved_tensors
        needs_y, needs_target, _ = ctx.needs_input_grad
        grad = mse_loss_vjp(grad_loss, y, target, ctx.reduction)
        return unbroadcast(grad, y) if needs_y else None, unbroadcast(-grad, target) if needs_target else None, None

    @staticmethod
    def jvp(ctx: Context, tangent_y: Tensor | None, tangent_target: Tensor | None, _: None) -> Tensor:
        if tangent_target is None:
            tangent = cast(Tensor, tangent_y)
        else:
            tangent = -tangent_target if tangent_y is None else tangent_y - tangent_target
        y, target = ctx.saved_tensors
        return mse_loss_jvp(tangent, y, target, ctx.reduction)


def mse_loss(
    y: Float[Tensor, "*#shape"], target: Float[Tensor, "*#shape"], reduction: Reduction = "mean"
) -> Float[Tensor, "*reduced"]:
    """Mean squared error.

    Args:
        y: outputs of the network, any shape.
        target: desired outputs, of a shape that broadcasts with that of ``y``.
        reduction: the convention by which the terms become one number: mean (= torch), sum, half_sum, chapter, or none.

    Returns:
        A scalar; with ``reduction="none"`` the terms, in the broadcast shape.

    Raises:
        ValueError: the reduction is unknown, or the shapes do not broadcast.
    """
    if reduction not in KERNEL_REDUCTION:
        raise unknown_reduction("mse_loss", reduction)
    if any_autocast():
        y, target = widened(y), widened(target)
    try:
        result: Tensor = MSELossFunction.apply(y, target, reduction)
    except RuntimeError:
        _check_shapes(y, target)
        raise
    return result


def _check_shapes(y: Tensor, target: Tensor) -> None:
    pairs = zip(reversed(y.shape), reversed(target.shape), strict=False)
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        raise ValueError(
            f"mse_loss: target must have a shape that broadcasts with y of shape {tuple(y.shape)}, got {tuple(target.shape)}"
        )

"""Cross entropy on probabilities, as the chapter writes it.

Definition      L = c · Σ_n ℓ_n        ℓ_n = −Σ_k t_nk log y_nk        n runs over the samples, k over the classes
                The chapter's factor is c = 1/K for one sample of K classes, and the mean over the batch. t is one-hot or any
                distribution; where t is 0 the term is 0, also at y = 0.
Derivation      ∂ℓ_n/∂y_nk = −t_nk / y_nk                 0 where t is 0
                ∂ℓ_n/∂t_nk = −log y_nk
Products        ȳ_nk = −ℓ̄_n t_nk / y_nk                   with ℓ̄_n = c L̄
                t̄_nk = −ℓ̄_n log y_nk
                L̇ = −c Σ_n Σ_k (t_nk / y_nk ẏ_nk + log y_nk ṫ_nk)
                The products are quotients and logarithms, so torch differentiates them further.
                A y that underflows to 0 at the true class makes all this infinite: train with `cross_entropy` on logits.
Saved           y and t.
Source          SPEC S5.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from handgrad.ops._autocast import any_autocast, widened
from handgrad.ops._cross_entropy_mistakes import class_dim, sizes
from handgrad.ops._gate import gate
from handgrad.ops._hand_function import Context, HandFunction, product, save
from handgrad.ops._reduction import REDUCTIONS, Reduction, scale, unknown_reduction


def by_probability(y: Tensor, target: Tensor) -> Tensor:
    """``−t/y``, 0 where t is 0: the derivative of the terms by y."""
    quotient = -(target / y)
    return gate(quotient, target.abs().to(quotient.dtype))


def by_target(y: Tensor) -> Tensor:
    """``−log y``, the derivative of the terms by t."""
    return -y.log()


class CrossEntropyOnProbabilitiesFunction(HandFunction):
    """The rule of `cross_entropy_on_probabilities`."""

    @staticmethod
    def forward(y: Tensor, target: Tensor, reduction: str) -> Tensor:
        terms = torch.xlogy(target, y)
        return -terms.sum(class_dim(y)) if reduction == "none" else -_reduced(terms, y, reduction)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Tensor, Tensor, str], output: Tensor) -> None:
        save(ctx, *inputs[:2])
        ctx.reduction = inputs[2]

    @staticmethod
    def backward(ctx: Context, grad_loss: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        y, target = ctx.saved_tensors
        needs_y, needs_target, _ = ctx.needs_input_grad
        none = ctx.reduction == "none"
        grad_terms = grad_loss.unsqueeze(class_dim(y)) if none else scale(grad_loss, ctx.reduction, *sizes(y))
        grad_y = product(by_probability(y, target), grad_terms).to(y.dtype) if needs_y else None
        return grad_y, product(by_target(y), grad_terms).to(target.dtype) if needs_target else None, None

    @staticmethod
    def jvp(ctx: Context, tangent_y: Tensor | None, tangent_target: Tensor | None, _: None) -> Tensor:
        y, target = ctx.saved_tensors
        terms = y.new_zeros(())
        if tangent_y is not None:
            terms = terms + (by_probability(y, target) * tangent_y).sum(class_dim(y))
        if tangent_target is not None:
            terms = terms + (by_target(y) * tangent_target).sum(class_dim(y))
        return terms if ctx.reduction == "none" else _reduced(terms, y, ctx.reduction)


def _reduced(terms: Tensor, y: Tensor, reduction: str) -> Tensor:
    return scale(terms.sum(), reduction, *sizes(y))


def cross_entropy_on_probabilities(
    y: Float[Tensor, "*shape"], target: Float[Tensor, "*shape"], reduction: Reduction = "chapter"
) -> Float[Tensor, "*reduced"]:
    """Cross entropy between probabilities and a target distribution.

    Args:
        y: probabilities, ``(C)``, ``(N, C)`` or ``(N, C, d1, …)``; what softmax gives.
        target: one-hot or any distribution, of the shape of ``y``.
        reduction: the convention by which the terms become one number: chapter, mean (= torch), sum, half_sum, or none.

    Returns:
        A scalar; with ``reduction="none"`` one number a sample.

    Raises:
        ValueError: the reduction is unknown, or the shapes differ.
    """
    if reduction not in REDUCTIONS:
        raise unknown_reduction("cross_entropy_on_probabilities", reduction)
    if y.shape != target.shape or y.dim() == 0:
        raise ValueError(
            "cross_entropy_on_probabilities: target must have the shape of y, with a dimension of classes, "
            f"got {tuple(target.shape)} for y of shape {tuple(y.shape)}; make a class index one-hot first"
        )
    if any_autocast():
        y, target = widened(y), widened(target)
    result: Tensor = CrossEntropyOnProbabilitiesFunction.apply(y, target, reduction)
    return result

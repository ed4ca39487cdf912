"""Cross entropy of logits.

Definition      L = c · Σ_n ℓ_n        ℓ_n = −Σ_k q_nk log p_nk        p_n = softmax(x_n)
                n runs over the samples, k over the K classes, c is the convention's factor. With class weights w and label
                smoothing ε, the coefficients q are
                for a class index t_n              q_nk = (1 − ε) w_k [k = t_n] + ε/K w_k,      0 where t_n is the ignored index
                for class probabilities t_nk       q_nk = (1 − ε) w_k t_nk      + ε/K w_k
Derivation      ∂ log p_k / ∂x_j = [k = j] − p_j  (page of log_softmax), so with s_n = Σ_k q_nk
                ∂ℓ_n/∂x_nj = −Σ_k q_nk ([k = j] − p_nj)
                           = s_n p_nj − q_nj                   for one-hot targets that is the famous p − t
                ∂ℓ_n/∂t_nk = −(1 − ε) w_k log p_nk             for class probabilities
Products        x̄_nj = ℓ̄_n s_n p_nj − ℓ̄_n q_nj               with ℓ̄_n = c L̄
                t̄_nk = −ℓ̄_n (1 − ε) w_k log p_nk
                L̇ = c Σ_n (s_n Σ_j p_nj ẋ_nj − Σ_j q_nj ẋ_nj − Σ_k (1 − ε) w_k log p_nk ṫ_nk)
                p and log p are ops of ours, whose pages give the second derivative. A class index makes q one number a sample
                and a constant a class; it is never written out over all classes.
Saved           x, t and w. (p is computed again: to keep it would cost as much memory as x.)
Source          SPEC S5; torch.nn.functional.cross_entropy for the value, for the weights and for what mean divides by.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from handgrad.ops._autocast import any_autocast, widened
from handgrad.ops._cross_entropy_coefficients import Convention, class_weights, indices, probabilities
from handgrad.ops._cross_entropy_mistakes import class_dim, explain_mistake, sizes
from handgrad.ops._hand_function import Context, HandFunction, save, traced, transforms_active, unrecorded
from handgrad.ops._log_softmax import log_softmax
from handgrad.ops._reduction import KERNEL_REDUCTION, Reduction, complete, scale, unknown_reduction
from handgrad.ops._row_blocks import row_blocks, scaled_softmax, too_large
from handgrad.ops._softmax import softmax

_kernel: Callable[..., Tensor] = torch._C._nn.cross_entropy_loss


def _reduced(terms: Tensor, convention: Convention, batch: Tensor | int, classes: int) -> Tensor:
    """The convention's number of a term a sample; ``batch`` is what mean divides by."""
    return terms if convention.reduction == "none" else scale(terms.sum(), convention.reduction, batch, classes)


def index_cross_entropy_vjp(
    grad_loss: Tensor, x: Tensor, target: Tensor, weight: Tensor | None, convention: Convention
) -> Tensor:
    """``ℓ̄ s p − ℓ̄ q`` for class indices."""
    dim = class_dim(x)
    q = indices(x, target, weight, convention)
    grad_terms = q.counting(scale(grad_loss, convention.reduction, q.batch, x.shape[dim])).unsqueeze(dim)
    grad_x = scaled_softmax(x, dim, _times(grad_terms, q.total, dim))
    scatter_add = grad_x.scatter_add_ if unrecorded(grad_loss) else grad_x.scatter_add
    grad_x = scatter_add(dim, q.classes.unsqueeze(dim), -_times(grad_terms, q.at_target, dim))
    return grad_x if q.everywhere is None else grad_x - grad_terms * q.everywhere


def _times(grad_terms: Tensor, factor: Tensor | float, dim: int) -> Tensor:
    """``grad_terms`` times a number a sample, or one number for all."""
    if isinstance(factor, float):
        return grad_terms if factor == 1 else grad_terms * factor
    return grad_terms * (factor.unsqueeze(dim) if factor.dim() else factor)


def index_cross_entropy_jvp(
    tangent_x: Tensor, x: Tensor, target: Tensor, weight: Tensor | None, convention: Convention
) -> Tensor:
    """``c Σ (s p·ẋ − q·ẋ)`` for class indices."""
    dim = class_dim(x)
    q = indices(x, target, weight, convention)
    terms = q.total * (softmax(x, dim) * tangent_x).sum(dim)
    terms = terms - q.at_target * tangent_x.gather(dim, q.classes.unsqueeze(dim)).squeeze(dim)
    if q.everywhere is not None:
        terms = terms - (q.everywhere * tangent_x).sum(dim)
    return _reduced(q.counting(terms), convention, q.batch, x.shape[dim])


def _probability_grad_terms(grad_loss: Tensor, x: Tensor, convention: Convention) -> Tensor:
    """ℓ̄, in a shape that broadcasts with x."""
    grad_terms = scale(grad_loss, convention.reduction, *sizes(x))
    return grad_terms.unsqueeze(class_dim(x)) if convention.reduction == "none" else grad_terms


def probability_cross_entropy_vjp_logits(
    grad_loss: Tensor, x: Tensor, target: Tensor, weight: Tensor | None, convention: Convention
) -> Tensor:
    """``ℓ̄ s p − ℓ̄ q`` for class probabilities, in the dtype of x."""
    dim = class_dim(x)
    q, _ = probabilities(x, target, weight, convention.smoothing)
    grad_terms = _probability_grad_terms(grad_loss, x, convention)
    grad_x = scaled_softmax(x, dim, grad_terms * q.sum(dim, keepdim=True))
    return torch.addcmul(grad_x, grad_terms, q, value=-1, out=grad_x if unrecorded(grad_loss) else None).to(x.dtype)


def probability_cross_entropy_vjp_target(
    grad_loss: Tensor, x: Tensor, target: Tensor, weight: Tensor | None, convention: Convention
) -> Tensor:
    """``−ℓ̄ (1 − ε) w log p`` for class probabilities, in the dtype of the target."""
    by_target = (1 - convention.smoothing) * class_weights(weight, x)
    grad_target = -_probability_grad_terms(grad_loss, x, convention) * by_target * log_softmax(x, class_dim(x))
    return grad_target.to(target.dtype)


def probability_cross_entropy_jvp(
    tangent_x: Tensor | None,
    tangent_target: Tensor | None,
    x: Tensor,
    target: Tensor,
    weight: Tensor | None,
    convention: Convention,
) -> Tensor:
    """``c Σ (s p·ẋ − q·ẋ − (1 − ε) w log p·ṫ)`` for class probabilities."""
    dim = class_dim(x)
    q, by_target = probabilities(x, target, weight, convention.smoothing)
    terms = x.new_zeros(())
    if tangent_x is not None:
        terms = terms + ((q.sum(dim, keepdim=True) * softmax(x, dim) - q) * tangent_x).sum(dim)
    if tangent_target is not None:
        terms = terms - (by_target * log_softmax(x, dim) * tangent_target).sum(dim)
    return _reduced(terms, convention, *sizes(x))


class CrossEntropyFunction(HandFunction):
    """The value, and what both kinds of target keep."""

    @staticmethod
    def forward(
        x: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, smoothing: float
    ) -> Tensor:
        return _value(x, target, weight, ignore_index, reduction, smoothing)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, target, weight, *ctx.convention = inputs
        save(ctx, x, target, weight)


class IndexCrossEntropyFunction(CrossEntropyFunction):
    """The rule of `cross_entropy` for targets that are class indices."""

    @staticmethod
    def backward(ctx: Context, grad_loss: Tensor) -> tuple[Tensor | None, ...]:
        x, target, weight = ctx.saved_tensors
        return index_cross_entropy_vjp(grad_loss, x, target, weight, Convention(*ctx.convention)), *(None,) * 5

    @staticmethod
    def jvp(ctx: Context, tangent_x: Tensor, *_: None) -> Tensor:
        x, target, weight = ctx.saved_tensors
        return index_cross_entropy_jvp(tangent_x, x, target, weight, Convention(*ctx.convention))


class ProbabilityCrossEntropyFunction(CrossEntropyFunction):
    """The rule of `cross_entropy` for targets that are class probabilities."""

    @staticmethod
    def backward(ctx: Context, grad_loss: Tensor) -> tuple[Tensor | None, ...]:
        x, target, weight = ctx.saved_tensors
        convention = Convention(*ctx.convention)
        needs_x, needs_target, *_ = ctx.needs_input_grad
        return (
            probability_cross_entropy_vjp_logits(grad_loss, x, target, weight, convention) if needs_x else None,
            probability_cross_entropy_vjp_target(grad_loss, x, target, weight, convention) if needs_target else None,
            *(None,) * 4,
        )

    @staticmethod
    def jvp(ctx: Context, tangent_x: Tensor | None, tangent_target: Tensor | None, *_: None) -> Tensor:
        x, target, weight = ctx.saved_tensors
        convention = Convention(*ctx.convention)
        return probability_cross_entropy_jvp(tangent_x, tangent_target, x, target, weight, convention)


def _value(
    x: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, smoothing: float
) -> Tensor:
    if target.is_floating_point() and traced():
        explain_mistake(x, target, weight, ignore_index, smoothing)  # no kernel would refuse it
        return _probability_value(x, target, weight, Convention(ignore_index, reduction, smoothing))
    if smoothing and transforms_active() and not target.is_floating_point():
        return _smoothed_value(x, target, weight, Convention(ignore_index, reduction, smoothing))
    if too_large(x) and unrecorded(x):
        none, blocks = KERNEL_REDUCTION["none"], row_blocks(x, target)
        terms = torch.cat([_kernel(rows, own, weight, none, ignore_index, smoothing) for rows, own in blocks])
        convention, (batch, classes) = Convention(ignore_index, reduction, smoothing), sizes(x)
        divisor = batch if target.is_floating_point() else indices(x, target, weight, convention).batch
        return _reduced(terms, convention, divisor, classes)
    value = _kernel(x, target, weight, KERNEL_REDUCTION[reduction], ignore_index, smoothing)
    return complete(value, reduction, x.shape[class_dim(x)])


def _probability_value(x: Tensor, target: Tensor, weight: Tensor | None, convention: Convention) -> Tensor:
    """``c Σ −q·log p`` for class probabilities, traced: the kernel of torch 2.11 asks for a size that may be dynamic."""
    dim = class_dim(x)
    q, _ = probabilities(x, target, weight, convention.smoothing)
    return _reduced(-(q * torch.log_softmax(x, dim)).sum(dim), convention, *sizes(x))


def _smoothed_value(x: Tensor, target: Tensor, weight: Tensor | None, convention: Convention) -> Tensor:
    """``c Σ −q·log p`` for class indices, under vmap: torch's kernel selects by a mask there, which has no batching rule."""
    dim = class_dim(x)
    q = indices(x, target, weight, convention)
    log_p = torch.log_softmax(x, dim)
    terms = -q.at_target * log_p.gather(dim, q.classes.unsqueeze(dim)).squeeze(dim)
    terms = terms - (cast(Tensor, q.everywhere) * log_p).sum(dim)
    return _reduced(q.counting(terms), convention, q.batch, x.shape[dim])


def cross_entropy(
    logits: Float[Tensor, "*logits"],
    target: Shaped[Tensor, "*target"],
    weight: Float[Tensor, " classes"] | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Float[Tensor, "*reduced"]:
    """Cross entropy between softmax of the logits and a target.

    Args:
        logits: ``(C)``, ``(N, C)`` or ``(N, C, d1, …)`` for C classes.
        target: class indices (int64) of the shape of ``logits`` without C, or class probabilities of the shape of ``logits``.
        weight: a constant for every class, shape ``(C)``.
        ignore_index: samples with this class index count for nothing.
        reduction: the convention by which the terms become one number: mean (= torch), sum, half_sum, chapter, or none.
        label_smoothing: how much of the target is spread evenly over the classes, in [0, 1].

    Returns:
        A scalar; with ``reduction="none"`` one number a sample.

    Raises:
        ValueError: an unknown reduction, smoothing outside [0, 1], shapes or dtypes that do not fit, a weight that requires grad.
        IndexError: a class index outside [0, C).
    """
    if reduction not in KERNEL_REDUCTION:
        raise unknown_reduction("cross_entropy", reduction)
    if not 0 <= label_smoothing <= 1:  # torch takes a negative one for none
        explain_mistake(logits, target, weight, ignore_index, label_smoothing)
    if weight is not None and weight.requires_grad:
        raise ValueError(
            "cross_entropy: weight is a constant of the loss, got one that requires grad; pass weight.detach()"
        )
    if any_autocast():
        logits, target, weight = widened(logits), widened(target), widened(weight)
    rule = ProbabilityCrossEntropyFunction if target.is_floating_point() else IndexCrossEntropyFunction
    try:
        result: Tensor = rule.apply(logits, target, weight, ignore_index, reduction, label_smoothing)
    except (RuntimeError, ValueError, IndexError):
        explain_mistake(logits, target, weight, ignore_index, label_smoothing)
        raise
    return result

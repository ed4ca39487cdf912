"""What a record says of a loss beyond its value: its terms before they become one number, and what that divides by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from handgrad.explain._run import Ran
from handgrad.explain._tape import loss_note, saved_by
from handgrad.ops import cross_entropy, cross_entropy_on_probabilities, mse_loss, softmax


@dataclass(frozen=True)
class LossParts:
    """The inside of a loss.

    Attributes:
        target: the target as the rule saw it.
        weight: the class weights, or None.
        terms: ℓ, the loss without reduction.
        terms_gradient: dℓ/dy, each term by its own output: 2(y − t); p − t; −t/y.
        reduction: the convention.
        divisor: L is the sum of ℓ divided by it.
        probabilities: p, softmax of the logits; None for other losses.
        one_hot: class indices as rows of 0 and 1; None for other targets.
        plain: whether the coefficients of a cross entropy are just t: no weights, no smoothing, nothing ignored.
    """

    target: Tensor
    weight: Tensor | None
    terms: Tensor
    terms_gradient: Tensor
    reduction: str
    divisor: float
    probabilities: Tensor | None = None
    one_hot: Tensor | None = None
    plain: bool = True


def loss_parts(ran: Ran) -> LossParts:
    """Look into a loss that has run.

    Raises:
        ValueError: the target of a mean squared error has another shape than the output.
    """
    _, target, *others = saved_by(ran.output)
    reduction, ignored, smoothing = loss_note(ran.output)
    weight = others[0] if others else None
    if ran.op == "cross_entropy":
        op = partial(cross_entropy, weight=weight, ignore_index=ignored, label_smoothing=smoothing)
        terms, gradient = _terms(partial(op, reduction="none"), ran.x, target)
        return _of_logits(ran.x.detach(), target, weight, terms, gradient, reduction, ignored, smoothing)
    if target.shape != ran.x.shape:
        raise ValueError(
            f"trace: target must have the shape of the output {tuple(ran.x.shape)}, got {tuple(target.shape)}"
        )
    if ran.op == "mse_loss":
        terms, gradient = _terms(partial(mse_loss, reduction="none"), ran.x, target)
        divisor = _divisor(reduction, terms.numel(), 1)
    else:
        terms, gradient = _terms(partial(cross_entropy_on_probabilities, reduction="none"), ran.x, target)
        divisor = _divisor(reduction, terms.numel(), ran.x.shape[-1])
    return LossParts(target, None, terms, gradient, reduction, divisor)


def _of_logits(
    y: Tensor,
    target: Tensor,
    weight: Tensor | None,
    terms: Tensor,
    gradient: Tensor,
    reduction: str,
    ignored: int,
    smoothing: float,
) -> LossParts:
    counts = torch.ones_like(terms, dtype=torch.bool) if target.is_floating_point() else target != ignored
    batch = float(counts.sum())
    one_hot = None
    if not target.is_floating_point():
        classes = torch.where(counts, target, 0)
        one_hot = torch.nn.functional.one_hot(classes, y.shape[-1]).to(y.dtype) * counts.unsqueeze(-1)
        batch = batch if weight is None else float(weight[classes][counts].sum())
    plain = weight is None and not smoothing and bool(counts.all())
    divisor = _divisor(reduction, batch, y.shape[-1])
    return LossParts(target, weight, terms, gradient, reduction, divisor, softmax(y, -1), one_hot, plain)


def _terms(op: Callable[[Tensor, Tensor], Tensor], y: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The terms, and by the op's own rule each term's derivative by its own output."""
    leaf = y.detach().requires_grad_()
    terms = op(leaf, target)
    (gradient,) = torch.autograd.grad(terms, leaf, torch.ones_like(terms))
    return terms.detach(), gradient


def _divisor(reduction: str, batch: float, outputs: int) -> float:
    return float({"mean": batch, "torch": batch, "chapter": batch * outputs, "half_sum": 2}.get(reduction, 1))

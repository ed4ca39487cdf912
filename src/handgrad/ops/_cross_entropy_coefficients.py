"""The coefficients q of a cross entropy, ``ℓ_n = −Σ_k q_nk log p_nk``; see the page of `cross_entropy`."""

from typing import NamedTuple

import torch
from torch import Tensor

from handgrad.ops._cross_entropy_mistakes import class_dim


class Convention(NamedTuple):
    """What a cross entropy depends on besides its tensors: c, the ignored index (None: every target is a class) and ε."""

    ignore_index: int | None
    reduction: str
    smoothing: float


class Indices(NamedTuple):
    """The coefficients q of class indices without their K columns.

    q_nk = at_target_n [k = classes_n] + everywhere_k where ``counts_n`` (None: everywhere), with sum total_n over k.
    ``batch`` is what mean divides by.
    """

    counts: Tensor | None
    classes: Tensor
    at_target: Tensor | float
    everywhere: Tensor | None
    total: Tensor | float
    batch: Tensor | int

    def counting(self, terms: Tensor) -> Tensor:
        """A term a sample, 0 where the target is the ignored index."""
        return terms.expand(self.classes.shape) if self.counts is None else torch.where(self.counts, terms, 0)


def indices(x: Tensor, target: Tensor, weight: Tensor | None, convention: Convention) -> Indices:
    """The coefficients of class indices."""
    counts, classes = None, target
    if convention.ignore_index is not None:
        counts = target != convention.ignore_index
        classes = target.clamp(0, max(x.shape[class_dim(x)] - 1, 0))  # an ignored index may be anything
    of_target = 1.0 if weight is None else weight[classes]
    batch = _batch(counts, of_target, target.numel())
    if not convention.smoothing:
        return Indices(counts, classes, of_target, None, of_target, batch)
    at_target = (1 - convention.smoothing) * of_target
    everywhere = class_weights(weight, x) * (convention.smoothing / max(x.shape[class_dim(x)], 1))
    return Indices(counts, classes, at_target, everywhere, at_target + everywhere.sum(), batch)


def _batch(counts: Tensor | None, of_target: Tensor | float, rows: int) -> Tensor | int:
    """What mean divides by: the summed weights of the targets that count."""
    if isinstance(of_target, float):
        return rows if counts is None else counts.sum()
    return of_target.sum() if counts is None else torch.where(counts, of_target, 0).sum()


def class_weights(weight: Tensor | None, x: Tensor) -> Tensor:
    """The class weights w (ones for None) in a shape that broadcasts with x."""
    classes = x.shape[class_dim(x)]
    weights = x.new_ones(classes) if weight is None else weight
    return weights.reshape(classes, *[1] * (x.dim() - 1 - class_dim(x)))


def probabilities(x: Tensor, target: Tensor, weight: Tensor | None, smoothing: float) -> tuple[Tensor, Tensor | float]:
    """The coefficients q of class probabilities, and their derivative (1 − ε) w by the target."""
    if weight is None and not smoothing:
        return target, 1.0
    weights = class_weights(weight, x)
    by_target = (1 - smoothing) * weights
    return by_target * target + weights * (smoothing / max(x.shape[class_dim(x)], 1)), by_target

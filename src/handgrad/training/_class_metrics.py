"""How good the probabilities of classes are, from all rows at once: one look at each row, and one sort of the scores."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_BINS = 15  # of the calibration error
_FLOAT_BITS = {torch.float32: torch.int32, torch.float64: torch.int64}


def class_metrics(probabilities: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Return accuracy, macro F1, AUROC and the expected calibration error by name, each 0-d.

    Args:
        probabilities: Of each class; shape (rows, classes).
        y: The true classes, int64, shape (rows,).
    """
    counts = confusion_counts(probabilities, y)
    return {
        "accuracy": (counts.diagonal().sum() / counts.sum()).float(),
        "auroc": mean_auroc(probabilities, y),
        "calibration_error": calibration_error(probabilities, y),
        "f1": macro_f1(counts),
    }


def confusion_counts(probabilities: Tensor, y: Tensor) -> Tensor:
    """Return how often which class (rows) was taken for which (columns): int64, shape (classes, classes)."""
    classes = probabilities.shape[1]
    pairs = y * classes + probabilities.argmax(dim=1)
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)


def macro_f1(counts: Tensor) -> Tensor:
    """Return the mean over classes of 2·tp / (2·tp + fp + fn); a class that is neither there nor predicted does not count."""
    present = counts.sum(dim=0) + counts.sum(dim=1)  # 2·tp + fp + fn
    own = 2 * counts.diagonal().double() / present.clamp(min=1)
    return (own.sum() / (present > 0).sum()).float()


def mean_auroc(probabilities: Tensor, y: Tensor) -> Tensor:
    """Return the area under the curve of each class against the rest, mean over the classes; NaN among the scores gives NaN.

    Of a class, it is the part of the pairs (a row of it, another row) whose first has the higher score; a tie counts half. A
    class that has no pairs counts as 0.

    The bits of floats that are not negative, read as integers, are in the floats' order: with the label as the last bit, one
    sort of numbers, which takes no places along, brings the scores into order and the labels with them.
    """
    if not bool((probabilities >= 0).all()):
        return probabilities.new_full((), torch.nan)
    labels = torch.nn.functional.one_hot(y, probabilities.shape[1])
    bits = probabilities.contiguous().view(_FLOAT_BITS[probabilities.dtype])
    keys = (bits * 2 + labels.to(bits.dtype)).T.contiguous()
    ordered = torch.from_numpy(np.sort(keys.cpu().numpy(), axis=1))
    score, label = ordered >> 1, ordered & 1
    positive = label.cumsum(dim=1)
    negative = torch.arange(1, len(y) + 1) - positive
    last = torch.ones_like(label, dtype=torch.bool)  # of the rows of one score: where the curve has a corner
    last[:, :-1] = score[:, 1:] != score[:, :-1]
    below, above = (_since_last_corner(own, last) for own in (negative, positive))
    # At a corner: so many rows of the class have this score; all others that are lower count, those that tie count half.
    twice_won = (above * (2 * negative - below) * last).sum(dim=1).double()
    pairs = positive[:, -1] * negative[:, -1]
    return (twice_won / (2 * pairs).clamp(min=1)).mean().float().to(probabilities.device)


def _since_last_corner(counts: Tensor, last: Tensor) -> Tensor:
    """Return, at each corner, by how much the counts have grown since the one before it."""
    at_corners = (counts * last).cummax(dim=1).values
    before = torch.nn.functional.pad(at_corners[:, :-1], (1, 0))
    return counts - before


def calibration_error(probabilities: Tensor, y: Tensor) -> Tensor:
    """Return the mean gap of confidence and accuracy over bins of confidence, weighed by their rows (Guo et al. 2017)."""
    confidence, predicted = probabilities.max(dim=1)
    edges = torch.linspace(0, 1, _BINS + 1, dtype=probabilities.dtype, device=probabilities.device)
    index = torch.bucketize(confidence, edges, right=True) - 1
    index = index.clamp(min=0)
    gap = torch.zeros(_BINS + 1, dtype=torch.float64, device=y.device)
    gap.index_add_(0, index, confidence.double() - (predicted == y).double())
    return (gap.abs().sum() / len(y)).float()

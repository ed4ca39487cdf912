"""How good the probabilities of classes are, from all rows at once."""

from __future__ import annotations

from torch import Tensor
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_auroc,
    multiclass_calibration_error,
    multiclass_confusion_matrix,
    multiclass_f1_score,
)


def class_metrics(probabilities: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Return accuracy, macro F1, AUROC and the expected calibration error (15 bins) by name, each 0-d.

    Args:
        probabilities: Of each class; shape (rows, classes).
        y: The true classes, int64, shape (rows,).
    """
    both, classes = (probabilities, y), probabilities.shape[1]
    return {
        "accuracy": multiclass_accuracy(*both, classes, average="micro", validate_args=False),
        "auroc": multiclass_auroc(*both, classes, average="macro", validate_args=False),
        "calibration_error": multiclass_calibration_error(*both, classes, n_bins=15, validate_args=False),
        "f1": multiclass_f1_score(*both, classes, average="macro", validate_args=False),
    }


def confusion_counts(probabilities: Tensor, y: Tensor) -> Tensor:
    """Return how often which class (rows) was taken for which (columns): int64, shape (classes, classes)."""
    counts: Tensor = multiclass_confusion_matrix(probabilities, y, probabilities.shape[1], validate_args=False)
    return counts

"""The metrics of classes are those of scikit-learn, also of scores that tie and of classes that are not there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, roc_auc_score
from torch import Tensor

from handgrad.training._class_metrics import class_metrics, confusion_counts


def drawn(rows: int, classes: int, steps: int | None) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(rows + classes)
    scores = torch.randn(rows, classes, generator=generator).mul(2).softmax(1)
    labels = torch.randint(classes, (rows,), generator=generator)
    return (scores if steps is None else scores.mul(steps).round().div(steps)), labels


@pytest.mark.parametrize("steps", [None, 8], ids=["distinct", "tied"])
@pytest.mark.parametrize(("rows", "classes"), [(500, 2), (1000, 10)])
def test_every_metric_is_that_of_scikit_learn(rows: int, classes: int, steps: int | None) -> None:
    scores, labels = drawn(rows, classes, steps)
    ours, predicted = class_metrics(scores, labels), scores.argmax(1)
    one_hot = torch.nn.functional.one_hot(labels, classes)
    assert ours["accuracy"].item() == pytest.approx(accuracy_score(labels, predicted), rel=1e-6)
    assert ours["f1"].item() == pytest.approx(f1_score(labels, predicted, average="macro"), rel=1e-6)
    assert ours["auroc"].item() == pytest.approx(roc_auc_score(one_hot, scores, average="macro"), rel=1e-6)
    assert np.array_equal(confusion_counts(scores, labels), confusion_matrix(labels, predicted))


def test_the_calibration_error_is_the_mean_gap_of_confidence_and_accuracy_over_15_bins() -> None:
    scores, labels = drawn(600, 4, None)
    confidence, right = scores.max(1).values.numpy(), (scores.argmax(1) == labels).numpy()
    bins = np.minimum(np.floor(confidence * 15), 14)
    gaps = [abs(confidence[bins == own].sum() - right[bins == own].sum()) for own in range(15)]
    assert class_metrics(scores, labels)["calibration_error"].item() == pytest.approx(sum(gaps) / 600, rel=1e-5)

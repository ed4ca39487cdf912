"""The metrics of classes beside torchmetrics' and scikit-learn's, of scores that tie and classes that are not there."""

from __future__ import annotations

import pytest
import torch
from sklearn.metrics import roc_auc_score
from torchmetrics import MetricCollection
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassAUROC,
    MulticlassCalibrationError,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
)

from handgrad.training._class_metrics import class_metrics, confusion_counts, mean_auroc


def drawn(rows, classes, steps=None):
    generator = torch.Generator().manual_seed(rows + classes)
    scores = torch.randn(rows, classes, generator=generator).mul(2).softmax(1)
    labels = torch.randint(classes, (rows,), generator=generator)
    return (scores if steps is None else scores.mul(steps).round().div(steps)), labels


@pytest.mark.filterwarnings("ignore:No (posi|nega)tive samples")
@pytest.mark.parametrize("steps", [None, 8], ids=["distinct", "tied"])
@pytest.mark.parametrize(("rows", "classes"), [(500, 2), (1000, 10), (8, 5), (1, 3)])
def test_every_metric_is_that_of_torchmetrics(rows, classes, steps):
    scores, labels = drawn(rows, classes, steps)
    theirs = MetricCollection(
        {
            "accuracy": MulticlassAccuracy(classes, average="micro", validate_args=False),
            "auroc": MulticlassAUROC(classes, validate_args=False),
            "calibration_error": MulticlassCalibrationError(classes, n_bins=15, validate_args=False),
            "f1": MulticlassF1Score(classes, validate_args=False),
        }
    )
    theirs.update(scores, labels)
    ours = class_metrics(scores, labels)
    assert list(ours) == list(theirs)
    for name, value in theirs.compute().items():
        torch.testing.assert_close(ours[name], value, atol=2e-6, rtol=2e-6)
    counts = MulticlassConfusionMatrix(classes, validate_args=False)(scores, labels)
    assert torch.equal(confusion_counts(scores, labels), counts)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_area_under_the_curve_is_scikit_learns(dtype):
    scores, labels = drawn(700, 4, 16)
    one_hot = torch.nn.functional.one_hot(labels, 4)
    ours = mean_auroc(scores.to(dtype), labels).item()
    assert ours == pytest.approx(roc_auc_score(one_hot.numpy(), scores.numpy()), abs=1e-7)


def test_scores_that_are_not_numbers_have_no_area():
    scores, labels = drawn(20, 3)
    scores[4, 1] = torch.nan
    assert mean_auroc(scores, labels).isnan()

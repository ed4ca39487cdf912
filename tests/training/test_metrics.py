"""The logged metrics beside scikit-learn's, of the predictions that a user gets."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import metrics

from handgrad.training import SklearnDataModule


def calibration_error(probabilities, y, bins=15):
    """Guo et al. (2017): the mean gap of confidence and accuracy over bins of confidence, weighed by their rows."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == y
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = [abs(confidence[index == b].mean() - right[index == b].mean()) * (index == b).sum() for b in set(index)]
    return sum(gaps) / len(y)


@pytest.mark.parametrize("name", ["wine", "breast_cancer"])
def test_the_metrics_of_a_classifier_are_scikit_learns(name, make_task, make_trainer):
    data = SklearnDataModule(name)
    task, trainer = make_task(data), make_trainer(max_epochs=1)
    trainer.fit(task, datamodule=data)
    (logged,) = trainer.test(task, datamodule=data, verbose=False)
    y = data.test.y.numpy()
    probabilities = task.predict_rows(data.test.x).probabilities.numpy()
    labels = probabilities.argmax(1)
    one_hot = np.eye(len(data.classes))[y]
    expected = {
        "test/loss": metrics.log_loss(y, probabilities),
        "test/accuracy": metrics.accuracy_score(y, labels),
        "test/f1": metrics.f1_score(y, labels, average="macro"),
        "test/auroc": metrics.roc_auc_score(one_hot, probabilities, average="macro"),
        "test/calibration_error": calibration_error(probabilities, y),
    }
    assert logged == pytest.approx(expected, abs=1e-5)
    np.testing.assert_array_equal(task.confusion.numpy(), metrics.confusion_matrix(y, labels))


def test_the_metrics_of_a_regressor_are_scikit_learns_in_the_targets_units(make_task, make_trainer):
    data = SklearnDataModule("diabetes")
    task, trainer = make_task(data), make_trainer(max_epochs=5)
    trainer.fit(task, datamodule=data)
    (logged,) = trainer.test(task, datamodule=data, verbose=False)
    y, values = data.test.y.numpy(), task.predict_rows(data.test.x).values.numpy()
    expected = {
        "test/loss": metrics.mean_squared_error(y, values) / data.train.y.double().var(correction=0).item(),
        "test/rmse": metrics.root_mean_squared_error(y, values),
        "test/mae": metrics.mean_absolute_error(y, values),
        "test/r2": metrics.r2_score(y, values),
    }
    assert logged == pytest.approx(expected, rel=1e-4)
    assert 40 < logged["test/rmse"] < 80  # the target has a standard deviation of 77


def test_the_training_loss_of_an_epoch_is_the_mean_over_its_rows(iris, make_task, make_trainer):
    task = make_task(iris, optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.0))
    trainer = make_trainer(max_epochs=1)
    trainer.fit(task, datamodule=iris)  # the weights stay, so the mean over unequal batches is that over all rows
    expected = torch.nn.functional.cross_entropy(task(iris.train.x), iris.train.y)
    assert trainer.callback_metrics["train/loss"].item() == pytest.approx(expected.item(), rel=1e-6)


def test_validation_is_logged_by_the_same_names(iris, make_task, make_trainer):
    task, trainer = make_task(iris), make_trainer(max_epochs=1)
    trainer.fit(task, datamodule=iris)
    assert {f"val/{name}" for name in task.metric_names} | {"train/loss"} == set(trainer.callback_metrics)

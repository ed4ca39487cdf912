"""A task of handgrad.training is traced from raw rows: its standardisation is the first step."""

from __future__ import annotations

import torch

from handgrad.explain import trace
from handgrad.nn import MLP
from handgrad.training import Classifier, Regressor, Split
from traced_runs import numbers


def test_classifier() -> None:
    x, y = 5 + 3 * numbers(20, 3).float(), torch.arange(20) % 2
    task = Classifier(MLP(3, [4], 2), ["white", "red"], ["age", "alcohol", "colour"])
    task.fit_statistics(Split(x, y))
    record = trace(task, task.loss_of, x, y, columns=task.features, classes=task.classes)
    assert [step.name for step in record.steps] == [
        "inputs standardize",
        "layers.0 linear",
        "layers.0 relu",
        "layers.1 linear",
        "loss cross_entropy",
    ]
    assert record["z"].nested() == task.inputs(x).tolist()
    assert record["y"].nested() == task(x).tolist()
    assert record["p"].nested() == task(x).softmax(1).tolist()
    assert record.labels.columns == ("age", "alcohol", "colour")
    assert record.steps[0].constants == ("mean of z", "scale of z")
    assert record.steps[0].saved == ("scale of z",)


def test_regressor_has_its_target_in_standard_units() -> None:
    x, y = numbers(20, 3).float(), 100 + 9 * numbers(20, seed=1).float()
    task = Regressor(MLP(3, [4], 1), "progression", ["a", "b", "c"])
    task.fit_statistics(Split(x, y))
    record = trace(task, task.loss_of, x[7:8], y[7:8], target_name=task.target, sample="7")
    assert record["t"].nested() == task.targets(y[7:8].unsqueeze(1)).tolist()
    assert record.loss == task.loss_of(task(x[7:8]), y[7:8]).item()

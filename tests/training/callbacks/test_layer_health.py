from __future__ import annotations

import csv

import numpy as np
import pytest
import torch
from torch import nn

from handgrad.nn import MLP
from handgrad.training import CSVLog, LayerHealth, SklearnDataModule, task_for
from handgrad.training.callbacks._layer_health import relative_updates, unit_health


@pytest.fixture
def logged(tmp_path):
    def columns():
        with (tmp_path / "metrics.csv").open(newline="") as file:
            return [{name: float(cell) for name, cell in row.items() if cell} for row in csv.DictReader(file)]

    return columns


def test_a_unit_is_dead_when_no_row_switches_it_on(iris, make_task):
    task = make_task(iris)
    task.fit_statistics(iris.train)
    with torch.no_grad():
        task.net.layers[0].bias[:3] = -100.0  # of 8
        task.net.layers[0].bias[3:] = 100.0
    assert unit_health(task, iris.train.x) == {"dead/layers.0": 0.375}


def test_one_row_keeps_a_unit_alive(iris, make_task):
    task = make_task(iris, hidden=[1])
    with torch.no_grad():
        task.net.layers[0].weight[:] = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
        task.net.layers[0].bias[:] = -iris.train.x[:, 0].max() + 1e-3
    assert unit_health(task, iris.train.x) == {"dead/layers.0": 0.0}
    without = iris.train.x[iris.train.x[:, 0] < iris.train.x[:, 0].max()]
    assert unit_health(task, without) == {"dead/layers.0": 1.0}


@pytest.mark.parametrize(("activation", "low"), [("sigmoid", 0.0), ("tanh", -1.0)])
def test_a_value_is_saturated_within_a_hundredth_of_the_range_of_its_end(activation, low, iris):
    torch.manual_seed(0)
    net = MLP(iris.in_features, [16], iris.out_features, activation)
    with torch.no_grad():
        net.layers[0].weight.mul_(5)
    task = task_for(iris, net)
    task.fit_statistics(iris.train)
    standardised = (iris.train.x.double().numpy() - task.inputs.mean.numpy()) / task.inputs.scale.numpy()
    u = standardised @ net.layers[0].weight.detach().double().numpy().T
    h = 1 / (1 + np.exp(-u)) if activation == "sigmoid" else np.tanh(u)
    part = (h - low) / (1 - low)
    expected = float(((part < 0.01) | (part > 0.99)).mean())
    assert 0.1 < expected < 0.9
    assert unit_health(task, iris.train.x) == {"saturated/layers.0": pytest.approx(expected, abs=1e-6)}


def test_an_update_is_measured_against_the_weights_before_it():
    net = nn.Linear(2, 1)
    before = [(name, parameter.detach().clone()) for name, parameter in net.named_parameters()]
    with torch.no_grad():
        net.weight += 0.3
        net.bias -= 0.4
    size = torch.cat([value.flatten() for _, value in before]).norm().item()
    assert relative_updates(before, net) == pytest.approx({"net": (2 * 0.3**2 + 0.4**2) ** 0.5 / size}, rel=1e-5)


def test_a_layer_of_zeros_has_no_ratio():
    net = nn.Linear(2, 1)
    nn.init.zeros_(net.weight)
    nn.init.zeros_(net.bias)
    before = [(name, parameter.detach().clone()) for name, parameter in net.named_parameters()]
    nn.init.ones_(net.weight)
    assert relative_updates(before, net) == {"net": 0.0}


@pytest.mark.parametrize("accumulate", [1, 4])
def test_everything_comes_into_the_row_of_the_epochs_loss(accumulate, iris, make_task, make_trainer, tmp_path, logged):
    trainer = make_trainer(callbacks=[LayerHealth()], logger=CSVLog(tmp_path), accumulate_grad_batches=accumulate)
    trainer.fit(make_task(iris, hidden=(8, 8)), datamodule=iris)
    names = {"dead/layers.0", "dead/layers.1", *(f"update/layers.{index}" for index in range(3))}
    rows = [row for row in logged() if "train/loss" in row]
    assert len(rows) == 2
    assert all(names <= set(row) for row in rows)
    assert not [row for row in logged() if "train/loss" not in row and names & set(row)]


def test_the_update_is_that_of_the_last_step(iris, make_task, make_trainer, tmp_path, logged):
    seen = []

    class Watch(torch.optim.SGD):
        def step(self, closure=None):
            result = super().step(closure)
            seen.append([own.detach().clone() for own in self.param_groups[0]["params"]])
            return result

    trainer = make_trainer(callbacks=[LayerHealth()], logger=CSVLog(tmp_path), max_epochs=1)
    trainer.fit(make_task(iris, optimizer=lambda parameters: Watch(parameters, lr=0.1)), datamodule=iris)
    (row,) = [row for row in logged() if "train/loss" in row]
    before, after = (torch.cat([value.flatten() for value in values[:2]]) for values in seen[-2:])
    assert row["update/layers.0"] == pytest.approx(((after - before).norm() / before.norm()).item(), rel=1e-5)


def test_training_is_the_same_with_it_and_without_dropout_or_not(iris, make_trainer, tmp_path):
    weights = []
    for callbacks in ([LayerHealth()], []):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
        trainer = make_trainer(callbacks=callbacks, logger=CSVLog(tmp_path))
        trainer.fit(task_for(iris, net), datamodule=iris)
        assert net.training
        weights.append(torch.nn.utils.parameters_to_vector(net.parameters()))
    assert torch.equal(*weights)


def test_at_most_so_many_rows_are_looked_at(iris, make_task, make_trainer, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "handgrad.training.callbacks._layer_health.unit_health", lambda task, x: seen.append(len(x)) or {}
    )
    for rows in (1, 17, 1024):
        make_trainer(callbacks=[LayerHealth(rows)], logger=CSVLog(tmp_path), max_epochs=1).fit(
            make_task(iris), datamodule=iris
        )
    assert seen == [16, 32, 90]


def test_without_a_log_nothing_is_kept(iris, make_task, make_trainer):
    health = LayerHealth()
    make_trainer(callbacks=[health]).fit(make_task(iris), datamodule=iris)
    assert (health._batches, health._before, health._updates) == ([], [], {})


def test_it_looks_at_regressions_too(make_task, make_trainer, tmp_path, logged):
    data = SklearnDataModule("diabetes")
    trainer = make_trainer(callbacks=[LayerHealth()], logger=CSVLog(tmp_path), max_epochs=1)
    trainer.fit(make_task(data), datamodule=data)
    assert "dead/layers.0" in logged()[-1]


def test_there_must_be_rows():
    with pytest.raises(ValueError, match="LayerHealth: expected rows of at least 1, got 0"):
        LayerHealth(0)

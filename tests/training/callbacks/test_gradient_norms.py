from __future__ import annotations

import csv
from functools import partial

import pytest
import torch
from lightning.pytorch.plugins import MixedPrecision
from torch import nn
from torch.optim import Adam

from handgrad.nn import MLP
from handgrad.training import CSVLog, GradientNorms, SklearnDataModule
from handgrad.training.callbacks._gradient_norms import layer_gradient_norms


def test_a_norm_is_that_of_all_parameters_of_a_layer():
    net = MLP(4, [8], 3)
    net(torch.randn(10, 4)).square().sum().backward()
    expected = {
        f"layers.{index}": torch.cat([p.grad.flatten() for p in layer.parameters()]).norm().item()
        for index, layer in enumerate(net.layers)
    }
    assert layer_gradient_norms(net) == pytest.approx(expected, rel=1e-6)


def test_parameters_without_a_gradient_are_left_out():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    assert layer_gradient_norms(net) == {}
    net[1](torch.ones(1, 2)).sum().backward()
    assert set(layer_gradient_norms(net)) == {"1"}


def test_a_net_that_is_one_layer_is_called_net():
    net = nn.Linear(2, 1)
    net(torch.ones(1, 2)).sum().backward()
    assert layer_gradient_norms(net) == pytest.approx({"net": 3**0.5})


def norms_of(path):
    """The norm of the first layer by the step at which it was logged."""
    with path.open() as file:
        return {int(row["step"]): float(row["grad/layers.0"]) for row in csv.DictReader(file) if row["grad/layers.0"]}


def test_they_are_logged_every_n_steps_before_clipping(iris, make_task, make_trainer, tmp_path):
    trainer = make_trainer(callbacks=[GradientNorms(4)], logger=CSVLog(tmp_path), gradient_clip_val=1e-3)
    trainer.fit(make_task(iris, engine="tape"), datamodule=iris)
    logged = norms_of(tmp_path / "metrics.csv")
    assert list(logged) == [0, 4, 8]
    assert min(logged.values()) > 1e-2


@pytest.mark.parametrize(("every", "steps"), [(1, [0, 5, 6, 11]), (5, [0, 5, 6]), (7, [0, 6])])
def test_in_chunks_the_first_step_is_looked_at_when_one_is_due(every, steps, iris, make_task, make_trainer, tmp_path):
    logged = []
    for engine, interval in (("tape", 1), ("loop", every)):  # chunks of iris: steps 0 to 4, 5, 6 to 10, 11
        folder = tmp_path / engine
        trainer = make_trainer(callbacks=[GradientNorms(interval)], logger=CSVLog(folder), gradient_clip_val=1e-3)
        trainer.fit(make_task(iris, engine=engine), datamodule=iris)
        logged.append(norms_of(folder / "metrics.csv"))
    assert list(logged[1]) == steps
    assert logged[1].items() <= logged[0].items()


def test_deep_sigmoids_let_the_gradient_vanish_and_relus_do_not():
    data = SklearnDataModule("wine")
    norms = {}
    for activation in ("sigmoid", "relu"):
        torch.manual_seed(0)
        net = MLP(data.in_features, [16] * 12, 3, activation)
        torch.nn.functional.cross_entropy(net(torch.randn(32, data.in_features)), torch.arange(32) % 3).backward()
        norms[activation] = layer_gradient_norms(net)
    assert norms["sigmoid"]["layers.0"] < 1e-5 * norms["sigmoid"]["layers.12"]
    assert norms["relu"]["layers.0"] > 1e-2 * norms["relu"]["layers.12"]


def test_the_interval_must_be_positive():
    with pytest.raises(ValueError, match="expected every_n_steps of at least 1, got 0"):
        GradientNorms(0)


@pytest.mark.parametrize("fused", [True, False])
def test_the_scale_of_mixed_precision_is_not_in_them(fused, iris, make_task, make_trainer, tmp_path):
    logged = []
    for plugins in ([], [MixedPrecision("16-mixed", "cpu")]):
        folder = tmp_path / str(len(plugins))
        trainer = make_trainer(callbacks=[GradientNorms(1)], logger=CSVLog(folder), plugins=plugins)
        task = make_task(iris, engine="tape", optimizer=partial(Adam, lr=1e-3, fused=fused))
        trainer.fit(task, datamodule=iris)
        logged.append(norms_of(folder / "metrics.csv"))
    assert logged[1] == pytest.approx(logged[0], rel=0.05)

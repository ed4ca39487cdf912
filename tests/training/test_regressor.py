from __future__ import annotations

from functools import partial

import pytest
import torch

from handgrad.nn import MLP, CrossEntropyLoss, MSELoss
from handgrad.training import CSVDataModule, DataError, Regressor, Split


@pytest.fixture
def task():
    torch.manual_seed(0)
    return Regressor(MLP(2, [8], 1), "price", ["age", "size"])


def test_predictions_are_in_the_targets_own_units(make_csv, make_task, make_trainer):
    rows = [[index % 20, index // 20, 1e6 + 5e4 * (index % 20) - 1e5 * (index // 20)] for index in range(200)]
    data = CSVDataModule(make_csv(["age", "size", "price"], rows), "price", task="regression", batch_size=16)
    task = make_task(data, hidden=(), optimizer=partial(torch.optim.SGD, lr=0.1))
    make_trainer(max_epochs=60).fit(task, datamodule=data)
    prediction = task.predict_rows(torch.tensor([[0.0, 0.0], [10.0, 5.0]]))
    assert prediction.target == "price"
    assert prediction.values.tolist() == pytest.approx([1e6, 1e6], rel=1e-3)


def test_the_net_learns_the_target_in_standard_units(task):
    y = torch.tensor([100.0, 300.0, 500.0])
    task.fit_statistics(Split(torch.randn(3, 2), y))
    standard = (y - 300) / y.std(correction=0)
    torch.testing.assert_close(task.loss_of(standard.unsqueeze(1), y), torch.tensor(0.0))
    torch.testing.assert_close(task.loss_of(torch.zeros(3, 1), y), torch.tensor(1.0))


def test_the_statistics_of_features_and_target_are_saved(task):
    assert {"inputs.mean", "inputs.scale", "targets.mean", "targets.scale"} <= set(task.state_dict())


def test_a_loss_by_another_convention_trains(make_csv, make_task, make_trainer):
    data = CSVDataModule(make_csv(["a", "y"], [[i, i / 7] for i in range(40)]), "y", batch_size=8)
    task, trainer = make_task(data, loss=MSELoss("half_sum")), make_trainer()
    trainer.fit(task, datamodule=data)
    assert trainer.callback_metrics["train/loss"].isfinite()


@pytest.mark.parametrize("y", [torch.zeros(4).long(), torch.zeros(4, 1), torch.zeros(3)])
def test_targets_of_another_shape_or_type_are_refused(task, y):
    with pytest.raises(DataError, match="expected one floating-point target for each of the 4 rows of the batch"):
        task.check_targets(Split(torch.zeros(4, 2), y), "batch")


def test_targets_that_are_not_finite_are_counted(task):
    with pytest.raises(DataError, match="expected finite values of 'price', got NaN or infinity in 1 of 2 rows"):
        task.check_targets(Split(torch.zeros(2, 2), torch.tensor([1.0, float("inf")])), "batch")


def test_a_loss_of_classes_is_refused(task):
    with pytest.raises(ValueError, match="expected MSELoss or the like, got CrossEntropyLoss"):
        Regressor(task.net, "price", ["age", "size"], loss=CrossEntropyLoss())


def test_a_net_with_several_outputs_is_refused():
    with pytest.raises(ValueError, match=r"expected a net from 2 features to 1 outputs, got output of shape \(1, 3\)"):
        Regressor(MLP(2, [8], 3), "price", ["age", "size"])

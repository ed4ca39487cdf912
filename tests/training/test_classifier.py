from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from handgrad.nn import MLP, CrossEntropyLoss, MSELoss
from handgrad.training import (
    Classifier,
    CSVDataModule,
    DataError,
    SklearnDataModule,
    Split,
    TableLoader,
)

FEATURES = ["age", "alcohol", "colour", "smell"]


@pytest.fixture
def task():
    torch.manual_seed(0)
    return Classifier(MLP(4, [8], 2), ["white", "red"], FEATURES)


def test_predictions_are_names_with_probabilities_that_sum_to_one(task):
    prediction = task.predict_rows(torch.randn(50, 4) * 30)
    assert prediction.probabilities.shape == (50, 2)
    assert (prediction.probabilities >= 0).all()
    torch.testing.assert_close(prediction.probabilities.sum(1), torch.ones(50).double(), atol=1e-12, rtol=0)
    largest = prediction.probabilities.argmax(1).tolist()
    assert prediction.labels == [["white", "red"][index] for index in largest]


def test_the_chapters_example_is_red(task):
    with torch.no_grad():
        for parameter in task.net.parameters():
            parameter.zero_()
        task.net.layers[-1].bias.copy_(torch.tensor([0.15, 0.85]).log())
    prediction = task.predict_rows(torch.tensor([3, 14, 0.2, 0.8]))
    assert prediction.labels == ["red"]
    torch.testing.assert_close(prediction.probabilities, torch.tensor([[0.15, 0.85]]).double(), atol=1e-7, rtol=0)


def test_it_learns_and_predicts_from_raw_rows(iris, make_task, make_trainer):
    task = make_task(iris)
    make_trainer(max_epochs=30).fit(task, datamodule=iris)
    assert task.predict_rows(torch.tensor([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]])).labels == [
        "setosa",
        "virginica",
    ]


def test_a_torch_twin_trains_to_the_same_weights(iris, make_task, make_trainer):
    ours = make_task(iris).double()
    twin = Classifier(ours.net.to_torch(), iris.classes, iris.features, target=iris.target).double()
    for task in (ours, twin):
        make_trainer(max_epochs=3, precision="64-true").fit(task, datamodule=iris)
    for own, other in zip(ours.net.parameters(), twin.net.parameters(), strict=True):
        torch.testing.assert_close(own, other, atol=1e-10, rtol=0)


def test_balanced_weights_come_from_the_training_split(make_csv, make_task, make_trainer):
    rows = [[index / 100, "few" if index % 4 == 0 else "many"] for index in range(100)]
    data = CSVDataModule(make_csv(["a", "y"], rows), "y", batch_size=8)
    task = make_task(data, loss=CrossEntropyLoss(weight="balanced"))
    make_trainer(max_epochs=1).fit(task, datamodule=data)
    torch.testing.assert_close(task.loss.weight, torch.tensor([2.0, 2 / 3]))


@pytest.mark.parametrize("label", [2, -1])
def test_a_label_out_of_range_is_counted(task, label):
    y = torch.tensor([0, 1, label, label])
    with pytest.raises(DataError, match=rf"expected labels in 0 … 1 for the 2 classes, got {label} .* in 2 of 4 rows"):
        task.check_targets(Split(torch.zeros(4, 4), y), "training split")


@pytest.mark.parametrize("y", [torch.zeros(4), torch.zeros(4, 1).long(), torch.zeros(3).long()])
def test_targets_of_another_shape_or_type_are_refused(task, y):
    with pytest.raises(DataError, match="expected one int64 class index for each of the 4 rows of the training split"):
        task.check_targets(Split(torch.zeros(4, 4), y), "training split")


def test_batches_of_the_users_own_loader_are_checked_too(task, make_trainer):
    loader = TableLoader(Split(torch.randn(3, 4), torch.tensor([0, 1, 5])), 3)
    with pytest.raises(DataError, match="got 5 and the like in 1 of 3 rows of the batch"):
        make_trainer().fit(task, loader, loader)


@pytest.mark.parametrize(
    "net", [MLP(5, [8], 2), MLP(4, [8], 3), nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(4, 2)), nn.Flatten(0)]
)
def test_a_net_that_does_not_fit_is_refused_before_training(net):
    with pytest.raises(ValueError, match=r"expected a net from 4 features to 2 outputs, got .*; build it with"):
        Classifier(net, ["white", "red"], FEATURES)


def test_a_loss_of_quantities_is_refused(task):
    for loss in (MSELoss(), nn.MSELoss()):
        with pytest.raises(ValueError, match="expected CrossEntropyLoss or the like, got MSELoss"):
            Classifier(task.net, task.classes, FEATURES, loss=loss)


def test_data_of_another_table_is_refused(task, make_trainer):
    with pytest.raises(DataError, match="expected data with the features"):
        make_trainer().fit(task, datamodule=SklearnDataModule("iris"))


def test_data_with_other_classes_is_refused(iris, make_trainer):
    task = Classifier(MLP(4, [8], 2), ["setosa", "versicolor"], iris.features, target=iris.target)
    with pytest.raises(DataError, match="expected data with the classes"):
        make_trainer().fit(task, datamodule=iris)


@pytest.mark.parametrize("shape", [(3, 5), (5,), (2, 3, 4)])
def test_rows_of_another_width_are_refused(task, shape):
    with pytest.raises(DataError, match=r"expected rows of shape \(rows, 4\), one column for each of 'age', 'alcohol'"):
        task.predict_rows(torch.zeros(shape))


def test_rows_with_values_that_are_not_finite_are_named_by_column(task):
    rows = torch.zeros(3, 4)
    rows[1, 2] = float("nan")
    with pytest.raises(DataError, match=r"column 'colour' has 1 of 3 rows \(first: row 2\)"):
        task.predict_rows(rows)


def test_predicting_leaves_the_mode_as_it_was(task):
    task.train()
    task.predict_rows(torch.zeros(2, 4))
    assert task.training
    task.eval()
    task.predict_rows(torch.zeros(2, 4))
    assert not task.training


def test_lightnings_predict_gives_predictions(task, make_trainer):
    rows = TableLoader(Split(torch.randn(6, 4), torch.zeros(6).long()), 6)
    (prediction,) = make_trainer().predict(task, dataloaders=rows)
    assert len(prediction.labels) == 6


def test_the_default_optimizer_is_adam_and_others_are_factories(task):
    assert isinstance(task.configure_optimizers(), torch.optim.Adam)
    other = Classifier(task.net, task.classes, FEATURES, optimizer=partial(torch.optim.SGD, lr=0.5))
    assert other.configure_optimizers().param_groups[0]["lr"] == 0.5


@pytest.mark.parametrize(
    ("scheduler", "rates"),
    [
        (partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5), 0.01 * 0.5**3),
        (partial(torch.optim.lr_scheduler.ReduceLROnPlateau, patience=0, threshold=10.0, threshold_mode="abs"), 0.0001),
    ],
)
def test_a_schedule_is_stepped_once_an_epoch(iris, make_task, make_trainer, scheduler, rates):
    task, trainer = make_task(iris, scheduler=scheduler), make_trainer(max_epochs=3)
    trainer.fit(task, datamodule=iris)
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(rates)

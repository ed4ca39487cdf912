from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, StepLR

from handgrad.training import Classifier, SklearnDataModule
from handgrad.training.report._learning_record import learning_record
from handgrad.training.report._table_record import table_record


def settings(trainer, task, data):
    return learning_record(trainer, task, data).settings


def test_the_net_is_told_by_its_sizes_and_counted_layer_by_layer(iris, make_task, make_trainer):
    record = learning_record(make_trainer(), make_task(iris, hidden=[8, 8, 8, 5]), iris)
    assert record.net == "MLP 4 → 3 × 8 → 5 → 3, relu"
    assert record.layers[0].shapes == {"weight": (8, 4), "bias": (8,)}
    assert [layer.parameters for layer in record.layers] == [4 * 8 + 8, 72, 72, 45, 18]
    assert record.parameters == 247


def test_any_other_net_is_told_by_its_name(iris, make_trainer):
    net = nn.Sequential(nn.Linear(4, 3, bias=False))
    record = learning_record(make_trainer(), Classifier(net, iris.classes, iris.features), iris)
    assert (record.net, record.parameters, record.layers[0].name) == ("Sequential", 12, "0")


def test_optimizer_and_schedule_are_told_as_the_calls_that_make_them(iris, make_task, make_trainer):
    told = settings(make_trainer(), make_task(iris), iris)
    assert told["Optimizer"] == "Adam(lr=0.01, betas=(0.9, 0.999), eps=1e-08, fused=True)"
    assert told["Learning rate"] == "constant"
    sgd, cosine = partial(torch.optim.SGD, lr=0.5, momentum=0.9), partial(CosineAnnealingLR, T_max=30)
    told = settings(make_trainer(), make_task(iris, optimizer=sgd, scheduler=cosine), iris)
    assert (told["Optimizer"], told["Learning rate"]) == ("SGD(lr=0.5, momentum=0.9)", "CosineAnnealingLR(T_max=30)")
    told = settings(make_trainer(), make_task(iris, scheduler=partial(StepLR, step_size=3, gamma=0.5)), iris)
    assert told["Learning rate"] == "StepLR(step_size=3, gamma=0.5)"


def test_what_the_trainer_adds_is_told(iris, make_task, make_trainer):
    trainer = make_trainer(max_epochs=-1, max_steps=7, gradient_clip_val=1.5, accumulate_grad_batches=2)
    told = settings(trainer, make_task(iris), iris)
    assert told["Length"] == "until stopped, at most 7 steps"
    assert told["Gradient clipping"] == "norm at 1.5"
    assert told["Batch"] == "16 rows, 2 batches a step"
    assert told["Device"] == "cpu, 1 process"


def test_a_loss_of_a_function_is_told_by_its_name(iris, make_task, make_trainer):
    assert settings(make_trainer(), make_task(iris, loss=nn.functional.cross_entropy), iris)["Loss"] == "cross_entropy"


def test_batches_of_the_callers_own_leave_the_names_of_the_columns(iris, make_task):
    record = table_record(make_task(iris), None)
    assert (record.features, record.target, record.rows) == (iris.features, "species", 0)


@pytest.mark.parametrize(("name", "rows"), [("wine", [59, 71, 48]), ("diabetes", None)])
def test_the_table_is_counted_as_scikit_learn_has_it(name, rows, make_task):
    data = SklearnDataModule(name)
    record = table_record(make_task(data), data)
    assert record.source == f"{name} (scikit-learn)"
    assert record.rows == {"wine": 178, "diabetes": 442}[name]
    if rows is not None:
        assert (record.classes, record.class_rows) == (data.classes, rows)
    else:
        assert record.target_range == pytest.approx((25, 152.133484, 346))


def test_a_csv_file_is_told_by_its_path(make_csv, blobs):
    from handgrad.training import CSVDataModule

    path = make_csv(["a", "b", "kind"], blobs)
    assert CSVDataModule(path, "kind").source == str(path)

from __future__ import annotations

import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint

from handgrad.nn import MLP
from handgrad.training import (
    DATA_NAMES,
    Classifier,
    ConfusionMatrixPicture,
    CSVLog,
    FiniteGuard,
    GradientNorms,
    HyperParameters,
    RandomState,
    Regressor,
    SklearnDataModule,
    TensorBoardLog,
    load_task,
    task_for,
    train,
)


def test_it_returns_the_metrics_of_the_test(iris, make_task, make_trainer):
    metrics = train(iris, make_task(iris), make_trainer(max_epochs=20))
    assert set(metrics) == {f"test/{name}" for name in ("loss", "accuracy", "f1", "auroc", "calibration_error")}
    assert all(type(value) is float for value in metrics.values())
    assert metrics["test/accuracy"] > 0.85


def test_it_tests_what_validation_found_best(iris, make_task, make_trainer, tmp_path):
    class Worse(torch.optim.SGD):
        """Climbs instead of descending."""

        def __init__(self, parameters):
            super().__init__(parameters, lr=0.1, maximize=True)

    best = ModelCheckpoint(tmp_path / "checkpoints", monitor="val/loss")
    trainer, task = (
        make_trainer(max_epochs=3, enable_checkpointing=True, callbacks=[best]),
        make_task(iris, optimizer=Worse),
    )
    metrics = train(iris, task, trainer)
    assert best.best_model_path.endswith("epoch=0-step=6.ckpt")
    loss = torch.nn.functional.cross_entropy(load_task(best.best_model_path)(iris.test.x), iris.test.y)
    assert metrics["test/loss"] == pytest.approx(loss.item(), rel=1e-5)


def test_it_goes_on_from_a_checkpoint(iris, make_task, make_trainer, tmp_path):
    first = make_trainer(max_epochs=1)
    train(iris, make_task(iris), first)
    first.save_checkpoint(tmp_path / "one.ckpt")
    second = make_trainer(max_epochs=3)
    train(iris, make_task(iris, seed=5), second, ckpt_path=tmp_path / "one.ckpt")
    assert second.global_step == 18


def test_the_table_decides_the_task():
    for name in DATA_NAMES:
        data = SklearnDataModule(name)
        task = task_for(data, MLP(data.in_features, [4], data.out_features))
        assert type(task) is (Regressor if name == "diabetes" else Classifier)
        assert (task.features, task.target) == (data.features, data.target)


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_all_callbacks_and_loggers_work_together(name, make_task, make_trainer, tmp_path):
    data = SklearnDataModule(name)
    callbacks = [
        ModelCheckpoint(tmp_path / "checkpoints", monitor="val/loss", save_last=True),
        EarlyStopping("val/loss", patience=2),
        LearningRateMonitor("epoch"),
        GradientNorms(every_n_steps=1),
        FiniteGuard(),
        RandomState(),
        ConfusionMatrixPicture(),
        HyperParameters({"model": {"hidden": [8]}}),
    ]
    loggers = [CSVLog(tmp_path), TensorBoardLog(tmp_path)]
    trainer = make_trainer(callbacks=callbacks, logger=loggers, enable_checkpointing=True, gradient_clip_val=1.0)
    metrics = train(data, make_task(data), trainer)
    header = (tmp_path / "metrics.csv").read_text().splitlines()[0].split(",")
    assert set(metrics) | {"train/loss", "val/loss", "lr-Adam", "grad/layers.0", "grad/layers.1"} <= set(header)
    assert (tmp_path / "confusion_matrix.png").exists() == (name == "wine")

from __future__ import annotations

from functools import partial

import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import nn

from handgrad.nn import MLP, CrossEntropyLoss
from handgrad.training import (
    CheckpointError,
    Classifier,
    MissingCheckpointError,
    Regressor,
    SklearnDataModule,
    Task,
    load_task,
)


def saved(trainer, task, data, path):
    trainer.fit(task, datamodule=data)
    trainer.save_checkpoint(path)
    return path


@pytest.mark.parametrize(("name", "kind"), [("iris", Classifier), ("diabetes", Regressor)])
def test_a_checkpoint_predicts_from_raw_rows_what_training_did(name, kind, make_task, make_trainer, tmp_path):
    data = SklearnDataModule(name)
    task = make_task(data, optimizer=partial(torch.optim.AdamW, lr=0.01))
    loaded = load_task(saved(make_trainer(), task, data, tmp_path / "t.ckpt"))
    assert type(loaded) is kind
    assert not loaded.training
    assert (loaded.features, loaded.classes, loaded.target) == (data.features, data.classes, data.target)
    ours, theirs = (each.predict_rows(data.test.x).columns() for each in (loaded, task))
    assert ours == theirs


def test_a_weighted_loss_does_not_hinder_loading(iris, make_task, make_trainer, tmp_path):
    task = make_task(iris, loss=CrossEntropyLoss(weight="balanced"))
    assert load_task(saved(make_trainer(), task, iris, tmp_path / "t.ckpt")).classes == iris.classes


def test_a_balanced_loss_can_be_tested_without_training(iris, make_task, make_trainer, tmp_path):
    loss = {"loss": CrossEntropyLoss(weight="balanced")}
    path = saved(make_trainer(), make_task(iris, **loss), iris, tmp_path / "t.ckpt")
    (metrics,) = make_trainer().test(make_task(iris, **loss), datamodule=iris, ckpt_path=path, verbose=False)
    assert metrics["test/loss"] > 0


def test_a_torch_twin_is_rebuilt_too(iris, make_trainer, tmp_path):
    twin = Classifier(MLP(4, [8], 3).to_torch(), iris.classes, iris.features, target=iris.target)
    assert type(load_task(saved(make_trainer(), twin, iris, tmp_path / "t.ckpt")).net) is nn.Sequential


def test_a_net_of_the_users_own_is_passed(iris, make_trainer, tmp_path):
    def net():
        return nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 3))

    task = Classifier(net(), iris.classes, iris.features, target=iris.target)
    path = saved(make_trainer(), task, iris, tmp_path / "t.ckpt")
    with pytest.raises(CheckpointError, match=r"load_task\(path, net=Sequential"):
        load_task(path)
    assert load_task(path, net()).predict_rows(iris.test.x).labels == task.predict_rows(iris.test.x).labels


def test_every_checkpoint_of_a_run_loads_without_running_code(iris, make_task, make_trainer, tmp_path):
    checkpoints = ModelCheckpoint(tmp_path / "checkpoints", monitor="val/loss", save_last=True, save_top_k=2)
    trainer = make_trainer(enable_checkpointing=True, callbacks=[checkpoints])
    scheduler = partial(torch.optim.lr_scheduler.ReduceLROnPlateau, patience=1)
    trainer.fit(make_task(iris, scheduler=scheduler), datamodule=iris)
    paths = list((tmp_path / "checkpoints").iterdir())
    assert len(paths) == 3
    for path in paths:
        assert isinstance(load_task(path), Task)


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(MissingCheckpointError, match=r"expected a checkpoint at .*none\.ckpt, found nothing"):
        load_task(tmp_path / "none.ckpt")


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    torch.save({"state_dict": {}, "optimizer": {}}, tmp_path / "other.ckpt")
    with pytest.raises(
        CheckpointError, match="expected a checkpoint that handgrad wrote, got one with only state_dict, opt"
    ):
        load_task(tmp_path / "other.ckpt")


@pytest.mark.parametrize("record", [{}, {"task": "poet", "net": {"kind": "mlp"}}, {"task": "classifier", "net": [1]}])
def test_a_record_that_makes_no_sense_is_refused(tmp_path, record):
    torch.save({"state_dict": {}, "handgrad": record}, tmp_path / "odd.ckpt")
    with pytest.raises(CheckpointError):
        load_task(tmp_path / "odd.ckpt")


def test_weights_that_do_not_fit_their_record_are_refused(iris, make_task, make_trainer, tmp_path):
    path = saved(make_trainer(), make_task(iris), iris, tmp_path / "t.ckpt")
    checkpoint = torch.load(path)
    checkpoint["handgrad"]["net"]["hidden"] = [9]
    torch.save(checkpoint, path)
    with pytest.raises(CheckpointError, match=r"expected weights that fit the net it describes, got: .*size mismatch"):
        load_task(path)

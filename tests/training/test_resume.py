"""A run that was killed and resumed is the run that was not: the same weights, bit by bit, and the same log."""

from __future__ import annotations

import csv
from functools import partial

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import nn

from handgrad.nn import MLP
from handgrad.training import (
    AtomicCheckpointIO,
    CheckpointError,
    ChunkCallback,
    Classifier,
    CSVLog,
    MissingCheckpointError,
    RandomState,
    SklearnDataModule,
    read_checkpoint,
    task_for,
)

EPOCHS, STEPS = 4, 6  # of iris in batches of 16


class KilledError(Exception):
    """What ends a run in the middle, in place of a signal."""


class Kill(ChunkCallback):
    """Ends a run before a step, or the chunk with it."""

    def __init__(self, step):
        self.step = step

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        steps = len(batch) if pl_module.chunks is not None else 1
        if trainer.global_step <= self.step < trainer.global_step + steps:
            raise KilledError


def iris_task(dropout=False, engine="tape"):
    torch.manual_seed(0)
    data = SklearnDataModule("iris", batch_size=16)
    arguments = {
        "optimizer": partial(torch.optim.AdamW, lr=0.01, fused=True),
        "scheduler": partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=EPOCHS),
    }
    if dropout:
        net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.3), nn.Linear(8, 3))
        return Classifier(net, data.classes, data.features, target=data.target, **arguments), data
    return task_for(data, MLP(4, [8], 3), engine=engine, **arguments), data


def rows(folder):
    with (folder / "metrics.csv").open(newline="") as file:
        return [dict(sorted(row.items())) for row in csv.DictReader(file)]


def run(folder, checkpoint, killed_at=None, ckpt_path=None, dropout=False, engine="tape"):
    """Train, as a killed run or its continuation or in one go; return the trainer and the task."""
    trainer = Trainer(
        max_epochs=EPOCHS,
        callbacks=[checkpoint, RandomState()] + ([Kill(killed_at)] if killed_at is not None else []),
        logger=CSVLog(folder),
        plugins=[AtomicCheckpointIO()],
        accelerator="cpu",
        devices=1,
        default_root_dir=folder,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )
    task, data = iris_task(dropout, engine)
    try:
        trainer.fit(task, datamodule=data, ckpt_path=ckpt_path)
    except KilledError:
        trainer.strategy.teardown()
    return trainer, task


def every(steps):
    def saves(folder):
        return ModelCheckpoint(folder / "saved", every_n_train_steps=steps, save_top_k=-1, filename="{step}")

    return saves


def after_validation(folder):
    return ModelCheckpoint(
        folder / "saved", monitor="val/loss", save_top_k=-1, filename="{step}", save_on_train_epoch_end=False
    )


def after_epoch(folder):
    return ModelCheckpoint(folder / "saved", save_top_k=-1, filename="{step}", save_on_train_epoch_end=True)


@pytest.fixture(scope="module", params=[False, True], ids=["deterministic", "dropout"])
def whole(request, tmp_path_factory):
    """The run that is not killed."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, request.param, *run(folder, after_epoch(folder), dropout=request.param)


@pytest.mark.parametrize(
    ("saves", "step"),
    [*((every(1), step) for step in (1, 5, 6, 7, 20)), (after_validation, 12), (after_epoch, 12)],
)
@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
def test_a_resumed_run_ends_in_the_same_bits(whole, tmp_path, saves, step):
    folder, dropout, trainer, task = whole
    run(tmp_path, saves(tmp_path), killed_at=step + 2, dropout=dropout)
    torch.manual_seed(999)  # another process has other random numbers
    saved = tmp_path / "saved" / f"step={step}.ckpt"
    resumed, again = run(tmp_path, saves(tmp_path), ckpt_path=saved, dropout=dropout)
    assert trainer.global_step == resumed.global_step == EPOCHS * STEPS
    for name, value in task.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert str(trainer.optimizers[0].state_dict()) == str(resumed.optimizers[0].state_dict())
    assert rows(folder) == rows(tmp_path)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The run that is not killed, on the tape."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    return folder, *run(folder, after_epoch(folder))


@pytest.mark.parametrize(("first", "second"), [("loop", "loop"), ("tape", "loop"), ("loop", "tape")])
@pytest.mark.parametrize(
    ("saves", "step"),
    [
        *((every(1), step) for step in (1, 5, 6, 7, 20)),
        *((every(3), step) for step in (3, 6, 9)),
        *((every(5), step) for step in (5, 10)),
        (after_validation, 12),
        (after_epoch, 12),
    ],
    ids=lambda value: value if isinstance(value, int) else value.__qualname__.partition(".")[0],
)
@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
def test_a_run_that_was_killed_after_any_chunk_goes_on_with_any_engine(
    uninterrupted, tmp_path, saves, step, first, second
):
    folder, trainer, task = uninterrupted
    run(tmp_path, saves(tmp_path), killed_at=step + 2, engine=first)
    torch.manual_seed(999)
    saved = tmp_path / "saved" / f"step={step}.ckpt"
    resumed, again = run(tmp_path, saves(tmp_path), ckpt_path=saved, engine=second)
    assert again.engine_choice.name == second
    assert trainer.global_step == resumed.global_step == EPOCHS * STEPS
    assert trainer.current_epoch == resumed.current_epoch
    for name, value in task.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert str(trainer.optimizers[0].state_dict()) == str(resumed.optimizers[0].state_dict())
    assert rows(folder) == rows(tmp_path)


@pytest.mark.parametrize("limit", [3, 8])
@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
def test_a_run_that_max_steps_ended_amid_a_chunk_goes_on_as_on_the_tape(limit, make_trainer, tmp_path):
    ends = []
    for engine in ("tape", "loop"):
        first, data = iris_task(engine=engine)
        short = make_trainer(max_steps=limit, max_epochs=EPOCHS)
        short.fit(first, datamodule=data)
        short.save_checkpoint(tmp_path / "short.ckpt")
        assert short.global_step == limit
        ends.append(run(tmp_path / engine, after_epoch(tmp_path), ckpt_path=tmp_path / "short.ckpt", engine=engine))
    (trainer, task), (resumed, again) = ends
    assert trainer.global_step == resumed.global_step > limit
    for name, value in task.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert rows(tmp_path / "tape") == rows(tmp_path / "loop")


def test_a_checkpoint_holds_tensors_and_plain_containers_only(whole):
    checkpoint = read_checkpoint(whole[0] / "saved" / "step=6.ckpt")  # refuses anything else
    assert {"state_dict", "optimizer_states", "lr_schedulers", "loops", "handgrad"} <= set(checkpoint)


@pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`, callbacks used")
def test_a_run_that_is_over_can_be_made_longer(whole, make_trainer):
    task, data = iris_task(whole[1])
    trainer = make_trainer(max_epochs=EPOCHS + 1)
    trainer.fit(task, datamodule=data, ckpt_path=whole[0] / "saved" / f"step={EPOCHS * STEPS}.ckpt")
    assert trainer.global_step == (EPOCHS + 1) * STEPS


@pytest.fixture
def one_epoch(iris, make_task, make_trainer, tmp_path):
    """A checkpoint of iris after one epoch."""
    trainer = make_trainer(max_epochs=1)
    trainer.fit(make_task(iris), datamodule=iris)
    trainer.save_checkpoint(tmp_path / "one.ckpt")
    return tmp_path / "one.ckpt"


def test_a_checkpoint_of_another_net_is_refused_by_what_differs(one_epoch, make_task, make_trainer, iris):
    with pytest.raises(CheckpointError, match=r"another: net: .*'hidden': \[8\].* there, .*'hidden': \[5\].* here"):
        make_trainer().fit(make_task(iris, hidden=(5,)), datamodule=iris, ckpt_path=one_epoch)


def test_a_checkpoint_of_another_table_is_refused(one_epoch, make_task, make_trainer):
    wine = SklearnDataModule("wine")
    with pytest.raises(
        CheckpointError, match=r"expected a checkpoint of this net and this table, got another: .*features"
    ):
        make_trainer().fit(make_task(wine), datamodule=wine, ckpt_path=one_epoch)


def test_a_checkpoint_of_another_program_is_refused(make_task, make_trainer, tmp_path, iris):
    torch.save({"state_dict": {}, "pytorch-lightning_version": "2.6.6"}, tmp_path / "other.ckpt")
    with pytest.raises(CheckpointError, match="expected a checkpoint that handgrad wrote"):
        make_trainer().fit(make_task(iris), datamodule=iris, ckpt_path=tmp_path / "other.ckpt")


def test_a_missing_checkpoint_is_named(make_task, make_trainer, tmp_path, iris):
    with pytest.raises(MissingCheckpointError, match=r"none\.ckpt, found nothing"):
        make_trainer().fit(make_task(iris), datamodule=iris, ckpt_path=tmp_path / "none.ckpt")

"""Under Lightning's Trainer every engine takes the steps of the tape, and everything around them is what it is there."""

from __future__ import annotations

import csv
from datetime import timedelta
from functools import partial

import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint, RichProgressBar
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau

from handgrad.engine import ENGINES
from handgrad.nn import CrossEntropyLoss
from handgrad.training import ChunkCallback, CSVLog, GradientNorms, LayerHealth, SklearnDataModule


class Chunks(ChunkCallback):
    """Keeps what it is told at each chunk: global_step before, index of the last batch, steps, whether it is the last."""

    def __init__(self):
        self.seen = []

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.seen.append((trainer.global_step, batch_idx, len(batch), trainer.is_last_batch))


def rows_of(path):
    with path.open(newline="") as file:
        return [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file)]


@pytest.fixture
def fit(make_task, make_trainer, tmp_path):
    """Trains with an engine and a log; returns the trainer, the task and the log's rows without gradient norms."""

    def run(engine, data, *callbacks, task=None, hidden=(16,), **arguments):
        folder = tmp_path / engine
        learner = make_task(data, hidden=hidden, engine=engine, **(task or {}))
        trainer = make_trainer(callbacks=list(callbacks), logger=CSVLog(folder), **arguments)
        trainer.fit(learner, datamodule=data)
        assert learner.engine_choice.name == engine
        log = [
            {name: cell for name, cell in row.items() if "grad/" not in name} for row in rows_of(folder / "metrics.csv")
        ]
        return trainer, learner, [row for row in log if set(row) != {"step"}]

    return run


def assert_same_weights(task, other):
    for name, value in task.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


RECIPES = {
    "adam": {"optimizer": partial(Adam, lr=1e-2, fused=True)},
    "adamw, weights": {
        "optimizer": partial(AdamW, lr=1e-2, fused=True),
        "loss": CrossEntropyLoss("balanced", label_smoothing=0.1),
    },
    "momentum": {"optimizer": partial(SGD, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3, fused=True)},
    "sgd": {"optimizer": partial(SGD, lr=0.1)},
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_weights_after_a_thousand_steps_are_those_of_the_tape(recipe, fit):
    data = SklearnDataModule("digits")
    ends = [fit(name, data, task=RECIPES[recipe], max_epochs=30, gradient_clip_val=1.0) for name in ("tape", "loop")]
    (trainer, task, log), (other_trainer, other_task, other_log) = ends
    assert trainer.global_step == other_trainer.global_step == 30 * 34
    assert_same_weights(task, other_task)
    assert str(trainer.optimizers[0].state_dict()) == str(other_trainer.optimizers[0].state_dict())
    assert log == other_log


def test_compiled_steps_are_those_of_the_tape_but_for_rounding(fit):
    data, recipe = SklearnDataModule("digits"), RECIPES["adamw, weights"]
    ends = [fit(name, data, task=recipe, max_epochs=10, gradient_clip_val=1.0, precision="64-true") for name in ENGINES]
    for other_trainer, other_task, _ in ends:
        assert other_trainer.global_step == 10 * 34
        for name, value in other_task.net.state_dict().items():
            torch.testing.assert_close(value, ends[0][1].net.state_dict()[name], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("precision", ["32-true", "64-true"])
def test_a_regression_is_the_same_too(precision, fit):
    data = SklearnDataModule("diabetes", batch_size=16)
    ends = [fit(name, data, max_epochs=60, precision=precision) for name in ("tape", "loop")]
    assert ends[0][0].global_step == 60 * 17
    assert_same_weights(ends[0][1], ends[1][1])
    assert ends[0][2] == ends[1][2]


AROUND = {
    "max_steps": {"max_steps": 9, "max_epochs": 5},
    "limit in batches": {"limit_train_batches": 4, "max_epochs": 3},
    "limit as a part": {"limit_train_batches": 0.5, "max_epochs": 3},
    "max_epochs": {"max_epochs": 4},
    "validation every second epoch": {"max_epochs": 4, "check_val_every_n_epoch": 2},
    "a dry run": {"fast_dev_run": 3, "logger": True},
}


@pytest.mark.parametrize("name", [name for name in AROUND if name != "a dry run"])
def test_limits_count_mini_batches_and_steps(name, iris, fit):
    ends = [fit(engine, iris, LearningRateMonitor("epoch"), **AROUND[name]) for engine in ("tape", "loop")]
    (trainer, task, log), (other_trainer, other_task, other_log) = ends
    assert trainer.global_step == other_trainer.global_step
    assert trainer.current_epoch == other_trainer.current_epoch
    assert trainer.num_training_batches == other_trainer.num_training_batches
    assert_same_weights(task, other_task)
    assert log == other_log


@pytest.mark.parametrize("engine", ["tape", "loop"])
def test_a_dry_run_takes_its_few_steps(engine, iris, make_task, make_trainer):
    trainer = make_trainer(fast_dev_run=3)
    trainer.fit(make_task(iris, engine=engine), datamodule=iris)
    assert trainer.global_step == 3


@pytest.mark.parametrize(
    "scheduler", [partial(CosineAnnealingLR, T_max=6), partial(ReduceLROnPlateau, patience=0, threshold=0.3)]
)
def test_schedulers_step_once_an_epoch(scheduler, iris, fit):
    recipe = {"scheduler": scheduler}
    ends = [fit(engine, iris, LearningRateMonitor("epoch"), task=recipe, max_epochs=6) for engine in ("tape", "loop")]
    rates = [row["lr-Adam"] for row in ends[1][2] if "lr-Adam" in row]
    assert len(rates) == 6
    assert len(set(rates)) > 2
    assert ends[0][2] == ends[1][2]
    assert_same_weights(ends[0][1], ends[1][1])


def test_training_stops_early_where_the_tape_does(iris, fit):
    stop = partial(EarlyStopping, "val/loss", patience=1, min_delta=0.05)
    ends = [fit(engine, iris, stop(), max_epochs=50) for engine in ("tape", "loop")]
    assert 0 < ends[0][0].current_epoch == ends[1][0].current_epoch < 50
    assert_same_weights(ends[0][1], ends[1][1])


def test_a_time_limit_ends_the_training(iris, make_task, make_trainer):
    trainer = make_trainer(max_epochs=-1, max_time=timedelta(seconds=0.3))
    trainer.fit(make_task(iris, engine="loop"), datamodule=iris)
    assert 6 < trainer.global_step < 10**6


def test_checkpoints_come_at_the_very_steps_that_were_asked_for(iris, make_task, make_trainer, tmp_path):
    saves = ModelCheckpoint(tmp_path / "saved", every_n_train_steps=4, save_top_k=-1, filename="{step}")
    trainer = make_trainer(max_epochs=2, callbacks=[saves], enable_checkpointing=True)
    trainer.fit(make_task(iris, engine="loop"), datamodule=iris)
    assert {path.stem for path in (tmp_path / "saved").iterdir()} == {"step=4", "step=8", "step=12"}


def test_a_callback_is_told_of_a_chunk_as_of_its_last_batch(iris, make_task, make_trainer):
    chunks = Chunks()
    make_trainer(callbacks=[chunks], max_epochs=2).fit(make_task(iris, engine="loop"), datamodule=iris)
    assert chunks.seen == [(0, 4, 5, False), (5, 5, 1, True), (6, 4, 5, False), (11, 5, 1, True)]


def test_the_progress_bar_counts_mini_batches(iris, make_task, make_trainer):
    bar, counts = RichProgressBar(), []

    class Look(ChunkCallback):
        def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
            counts.append((int(bar.train_progress_bar.completed), int(bar.train_progress_bar.total)))

    trainer = make_trainer(callbacks=[bar, Look()], max_epochs=1, enable_progress_bar=True)
    trainer.fit(make_task(iris, engine="loop"), datamodule=iris)
    assert counts == [(5, 6), (6, 6)]


def test_counters_in_a_checkpoint_are_those_of_the_tape(iris, make_task, make_trainer):
    counts = []
    for engine in ("tape", "loop"):
        trainer = make_trainer(max_epochs=3)
        trainer.fit(make_task(iris, engine=engine), datamodule=iris)
        loop = trainer.fit_loop.epoch_loop
        step = loop.automatic_optimization.optim_progress.optimizer.step
        counts.append((loop.batch_progress, step, loop._batches_that_stepped))
    assert counts[0] == counts[1]


def test_what_callbacks_log_is_what_they_log_on_the_tape(iris, fit):
    ends = [fit(engine, iris, GradientNorms(6), LayerHealth(40), max_epochs=3) for engine in ("tape", "loop")]
    assert {"dead/layers.0", "update/layers.1", "train/loss"} <= set(ends[0][2][0])
    assert ends[0][2] == ends[1][2]

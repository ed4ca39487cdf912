"""Which engine takes the steps: the one that was asked for, or the fastest that can; and it says why."""

from __future__ import annotations

import pytest
import torch
from lightning.pytorch import Callback
from lightning.pytorch.callbacks import LambdaCallback, ModelCheckpoint
from torch import nn

from handgrad.engine import LoopEngine, UnsupportedError
from handgrad.nn import MLP
from handgrad.training import (
    Classifier,
    FiniteGuard,
    GradientNorms,
    LayerHealth,
    RunReport,
    SklearnDataModule,
    TableLoader,
)
from html_page import Page


class LooksAtSteps(Callback):
    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        pass


class LooksAtBatches(Callback):
    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pass


class OwnStep(Classifier):
    def training_step(self, batch, batch_idx):
        return super().training_step(batch, batch_idx) * 1


class OwnBatches(SklearnDataModule):
    def train_dataloader(self):
        return TableLoader(self.train, self.batch_size, seed=0)


def own_loss(output, y):
    return nn.functional.cross_entropy(output, y)


def task_of(data, net=None, kind=Classifier, **arguments):
    torch.manual_seed(0)
    return kind(net or MLP(4, [8], 3), data.classes, data.features, target=data.target, **arguments)


# What the trainer is given, what the task is given, and the words of the reason.
OBSTACLES = {
    "accumulation": ({"accumulate_grad_batches": 2}, {}, "expected accumulate_grad_batches=1, got 2"),
    "precision": ({"precision": "bf16-mixed"}, {}, "expected precision 32-true or 64-true, got bf16-mixed"),
    "anomalies": ({"detect_anomaly": True}, {}, "expected detect_anomaly=False"),
    "validation": ({"val_check_interval": 0.5}, {}, "expected validation between epochs, got val_check_interval=0.5"),
    "strategy": ({"strategy": "ddp"}, {}, "expected one process and device, got DDPStrategy"),
    "steps": ({"callbacks": [LooksAtSteps()]}, {}, "got LooksAtSteps with on_before_optimizer_step"),
    "batches": ({"callbacks": [LooksAtBatches()]}, {}, "got LooksAtBatches with on_train_batch_end"),
    "lambda": ({"callbacks": [LambdaCallback(on_after_backward=print)]}, {}, "got LambdaCallback with on_after_backward"),
    "net": ({}, {"net": nn.Sequential(nn.Linear(4, 3))}, "whose layers it knows, got Sequential"),
    "loss": ({}, {"loss": own_loss}, "expected a loss with a method gradient"),
    "task": ({}, {"kind": OwnStep}, "got a training_step of OwnStep's own"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(OBSTACLES) - {"strategy"}))
@pytest.mark.filterwarnings("ignore:You have turned on")
def test_auto_takes_the_tape_where_something_needs_it_and_says_what(name, iris, make_trainer):
    given, of_task, words = OBSTACLES[name]
    task = task_of(iris, **of_task)
    make_trainer(max_epochs=1, **given).fit(task, datamodule=iris)
    assert task.engine_choice.name == "tape"
    assert words in task.engine_choice.reason
    assert "use engine" not in task.engine_choice.reason


@pytest.mark.parametrize("name", sorted(set(OBSTACLES) - {"strategy"}))
@pytest.mark.filterwarnings("ignore:You have turned on")
def test_an_engine_that_cannot_names_the_one_that_can(name, iris, make_trainer):
    given, of_task, words = OBSTACLES[name]
    with pytest.raises(UnsupportedError, match=r"^engine=loop: .*; use engine=tape, which can$") as raised:
        make_trainer(max_epochs=1, **given).fit(task_of(iris, engine="loop", **of_task), datamodule=iris)
    assert words in str(raised.value)


def test_batches_of_the_callers_own_take_the_tape(iris, make_trainer):
    task = task_of(iris)
    make_trainer(max_epochs=1).fit(task, TableLoader(iris.train, 16, seed=0), TableLoader(iris.validation, 16))
    assert "got those of NoneType" in str(task.engine_choice)
    own = OwnBatches("iris")
    make_trainer(max_epochs=1).fit(task, datamodule=own)
    assert "got those of OwnBatches" in str(task.engine_choice)


def test_auto_takes_the_loop_where_nothing_stands_in_its_way(iris, make_trainer, tmp_path):
    task = task_of(iris)
    ours = [FiniteGuard(), GradientNorms(), LayerHealth(), RunReport(), ModelCheckpoint(tmp_path)]
    make_trainer(max_epochs=1, callbacks=ours, enable_checkpointing=True).fit(task, datamodule=iris)
    assert str(task.engine_choice) == "loop: the fastest that can do this"
    assert task.chunks is None  # it is over


def test_the_tape_is_taken_when_it_is_asked_for(iris, make_trainer):
    task = task_of(iris, engine="tape")
    make_trainer(max_epochs=1).fit(task, datamodule=iris)
    assert str(task.engine_choice) == "tape: as asked for"


def test_an_engine_may_be_built_by_the_caller(iris, make_trainer):
    built = []

    def slow(net, loss, optimizer, clipping):
        built.append((net, loss, optimizer, clipping))
        return LoopEngine(net, loss, optimizer, clipping)

    task = task_of(iris, engine=slow)
    trainer = make_trainer(max_epochs=1, gradient_clip_val=0.5, gradient_clip_algorithm="value")
    trainer.fit(task, datamodule=iris)
    assert built == [(task.net, task.loss, trainer.optimizers[0], (0.5, "value"))]
    assert str(task.engine_choice) == "slow: as asked for"


def test_an_unknown_engine_is_refused_when_the_task_is_built(iris):
    with pytest.raises(ValueError, match=r"Classifier: expected engine to be one of auto, tape, loop.*, got 'warp'"):
        task_of(iris, engine="warp")


def test_the_report_says_which_engine_took_the_steps(iris, make_trainer, tmp_path):
    make_trainer(max_epochs=1, callbacks=[RunReport()]).fit(task_of(iris), datamodule=iris)
    assert "Engineloop: the fastest that can do this" in Page.at(tmp_path / "report.html").text


def test_after_the_fit_the_data_hand_out_plain_batches(iris, make_trainer):
    make_trainer(max_epochs=1).fit(task_of(iris), datamodule=iris)
    assert len(next(iter(iris.train_dataloader())).x) == 16

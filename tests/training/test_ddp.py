"""Two processes with batches of b are one process with batches of 2b."""

from __future__ import annotations

import csv

import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from handgrad.training import CSVLog, FiniteGuard, GradientNorms, RandomState, SklearnDataModule, load_task, train

pytestmark = pytest.mark.slow


def rows(folder):
    """The numbers of a log; the epoch of the test is 0 where other processes trained."""
    with (folder / "metrics.csv").open(newline="") as file:
        return [
            {name: float(cell) for name, cell in row.items() if cell and name != "epoch"}
            for row in csv.DictReader(file)
        ]


def test_two_processes_train_the_weights_of_one_with_the_double_batch(make_task, make_trainer, tmp_path):
    def trained(folder, devices, batch_size, **arguments):
        data = SklearnDataModule("iris", batch_size=batch_size)  # the last batch has 6 of 14 rows
        task = make_task(data, engine="tape").double()  # a step a batch, so that the norms of each are logged
        trainer = make_trainer(
            devices=devices,
            precision="64-true",
            enable_checkpointing=True,
            logger=CSVLog(tmp_path / folder),
            callbacks=[
                ModelCheckpoint(tmp_path / folder, monitor="val/loss", save_last=True),
                GradientNorms(1),
                FiniteGuard(),
                RandomState(),
            ],
            **arguments,
        )
        return task, train(data, task, trainer)

    one, expected = trained("one", 1, 14)
    two, metrics = trained("two", 2, 7, strategy="ddp_spawn")
    for ours, theirs in zip(two.state_dict().values(), one.state_dict().values(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)
    assert metrics == pytest.approx(expected, rel=1e-6)
    saved = (load_task(tmp_path / folder / "last.ckpt").state_dict() for folder in ("one", "two"))
    for ours, theirs in zip(*(state.values() for state in saved), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)
    for ours, theirs in zip(rows(tmp_path / "two"), rows(tmp_path / "one"), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5)

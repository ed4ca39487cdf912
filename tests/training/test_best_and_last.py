"""The best and the last checkpoint are Lightning's, written once, and there when the fit is over."""

from __future__ import annotations

import os
import threading

import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from handgrad.training import AtomicCheckpointIO, BestAndLast, CheckpointError, RandomState, read_checkpoint
from handgrad.training import _checkpoint_io as checkpoint_io

OPTIONS = {"filename": "best", "monitor": "val/loss", "save_last": True}


@pytest.fixture
def fitted(iris, make_task, make_trainer, tmp_path):
    """Fit, from the same start each time; return the folder of the checkpoints and their callback."""

    def fit(kind, name, epochs=4, lr=0.01, **options):
        torch.manual_seed(0)
        kept = kind(tmp_path / name / "kept", **(OPTIONS | options))
        task = make_task(iris, optimizer=lambda parameters: torch.optim.Adam(parameters, lr=lr))
        trainer = make_trainer(max_epochs=epochs, enable_checkpointing=True, callbacks=[kept, RandomState()])
        trainer.fit(task, datamodule=iris)
        return tmp_path / name / "kept", kept

    return fit


def without_places(value):
    """What a checkpoint holds, without the directory that it lies in."""
    if isinstance(value, dict):
        return {without_places(key): without_places(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [without_places(own) for own in value]
    if isinstance(value, torch.Tensor):
        return value.tolist()
    return value.rpartition("/")[2] if isinstance(value, str) and value.startswith("/") else value


def test_an_epoch_that_is_the_best_and_the_last_is_one_file(fitted):
    folder, _ = fitted(BestAndLast, "ours")
    assert {path.name for path in folder.iterdir()} == {"best.ckpt", "last.ckpt"}
    assert (folder / "best.ckpt").samefile(folder / "last.ckpt")


@pytest.mark.parametrize(
    "options", [{}, {"save_top_k": 2, "filename": "{epoch}"}, {"save_top_k": -1}, {"save_top_k": 0}]
)
@pytest.mark.parametrize("lr", [0.01, 3.0])
def test_the_files_are_those_that_lightning_writes(options, lr, fitted):
    ours, theirs = (fitted(kind, kind.__name__, lr=lr, **options)[0] for kind in (BestAndLast, ModelCheckpoint))
    names = {path.name for path in theirs.iterdir()}
    assert {path.name for path in ours.iterdir()} == names
    for name in names - {"last.ckpt"}:
        own, expected = (without_places(read_checkpoint(folder / name)) for folder in (ours, theirs))
        assert own == expected


@pytest.mark.parametrize("on_train_epoch_end", [None, True], ids=["after validation", "before validation"])
def test_the_last_checkpoint_is_of_the_last_epoch_also_if_it_is_not_the_best(on_train_epoch_end, fitted):
    options = {"save_on_train_epoch_end": on_train_epoch_end, "monitor": "train/loss", "mode": "max"}
    folder, _ = fitted(BestAndLast, "ours", **options)
    assert [read_checkpoint(folder / name)["epoch"] for name in ("best.ckpt", "last.ckpt")] == [0, 3]


def test_the_last_checkpoint_is_as_rare_as_asked_for(fitted):
    folder, _ = fitted(BestAndLast, "ours", every_n_epochs=3, monitor=None)
    assert read_checkpoint(folder / "last.ckpt")["epoch"] == 2


def test_training_does_not_wait_for_the_disk_but_the_fit_does(fitted, monkeypatch):
    threads, publish = [], checkpoint_io.publish
    monkeypatch.setattr(
        checkpoint_io, "publish", lambda path: (threads.append(threading.current_thread()), publish(path))[1]
    )
    folder, _ = fitted(BestAndLast, "ours")
    assert threading.main_thread() not in threads
    assert read_checkpoint(folder / "last.ckpt")["epoch"] == 3


def test_a_disk_that_takes_nothing_ends_the_fit(fitted, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match=r"best\.ckpt.*No space left"):
        fitted(BestAndLast, "ours")


def test_with_another_plugin_it_is_lightnings_own(iris, make_task, make_trainer, tmp_path):
    kept = BestAndLast(tmp_path / "kept", **OPTIONS)
    make_trainer(plugins=[], enable_checkpointing=True, callbacks=[kept]).fit(make_task(iris), datamodule=iris)
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"best.ckpt", "last.ckpt"}


def test_what_is_asked_for_next_is_done_in_turn(tmp_path):
    plugin, first, second = AtomicCheckpointIO(), tmp_path / "first.ckpt", tmp_path / "second.ckpt"
    plugin.save_checkpoint({"epoch": 1}, first, checkpoint_io.LATER)
    plugin.link_checkpoint(first, second)
    plugin.remove_checkpoint(first)
    assert plugin.load_checkpoint(second) == {"epoch": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["second.ckpt"]


def test_a_checkpoint_stays_when_the_one_that_was_to_replace_it_fails(tmp_path, monkeypatch):
    plugin, old = AtomicCheckpointIO(), tmp_path / "old.ckpt"
    plugin.save_checkpoint({"epoch": 1}, old)
    monkeypatch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    plugin.save_checkpoint({"epoch": 2}, tmp_path / "new.ckpt", checkpoint_io.LATER)
    plugin.remove_checkpoint(old)
    with pytest.raises(CheckpointError, match="Input/output error"):
        plugin.teardown()
    assert [path.name for path in tmp_path.iterdir()] == ["old.ckpt"]


def test_without_hard_links_a_checkpoint_is_copied(tmp_path, monkeypatch):
    plugin, first = AtomicCheckpointIO(), tmp_path / "first.ckpt"
    plugin.save_checkpoint({"epoch": 1}, first)
    monkeypatch.setattr("pathlib.Path.hardlink_to", lambda *paths: (_ for _ in ()).throw(OSError(1, "not permitted")))
    plugin.link_checkpoint(first, tmp_path / "second.ckpt")
    assert read_checkpoint(tmp_path / "second.ckpt") == {"epoch": 1}
    assert {path.name for path in tmp_path.iterdir()} == {"first.ckpt", "second.ckpt"}

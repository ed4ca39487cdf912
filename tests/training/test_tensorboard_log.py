from __future__ import annotations

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from handgrad.training import HyperParameters, TensorBoardLog


def scalars(folder, name):
    events = EventAccumulator(str(folder)).Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def test_what_is_logged_is_what_tensorboard_reads(tmp_path):
    log = TensorBoardLog(tmp_path)
    log.log_metrics({"train/loss": 0.5, "val/loss": torch.tensor(0.25)}, 3)
    log.log_metrics({"train/loss": 0.125}, 7)
    log.finalize("success")
    assert scalars(tmp_path / "tensorboard", "train/loss") == [(3, 0.5), (7, 0.125)]
    assert scalars(tmp_path / "tensorboard", "val/loss") == [(3, 0.25)]


def test_the_file_is_written_now_and_then_and_not_at_each_log(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("handgrad.training._tensorboard_log.time.monotonic", lambda: now[0])
    log = TensorBoardLog(tmp_path)
    flushed = []
    monkeypatch.setattr(log.experiment, "flush", lambda: flushed.append(now[0]))
    for second in (0.0, 0.5, 1.9, 2.0, 3.0, 4.5):
        now[0] = second
        log.save()
    assert flushed == [2.0, 4.5]


def test_a_run_is_in_the_dashboard_with_its_settings(iris, make_task, make_trainer, tmp_path):
    log = TensorBoardLog(tmp_path)
    make_trainer(logger=log, callbacks=[HyperParameters({"seed": 3})]).fit(make_task(iris), datamodule=iris)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert "_hparams_/session_start_info" in events.summary_metadata
    assert scalars(tmp_path / "tensorboard", "train/loss")[-1][0] == 11


def test_a_run_that_fails_leaves_what_was_logged(iris, make_task, make_trainer, tmp_path):
    def fail(parameters):
        raise KeyError

    with pytest.raises(KeyError):
        make_trainer(logger=TensorBoardLog(tmp_path)).fit(make_task(iris, optimizer=fail), datamodule=iris)
    log = TensorBoardLog(tmp_path)
    log.log_metrics({"a": 1.0}, 0)
    log.finalize("failed")
    assert scalars(tmp_path / "tensorboard", "a") == [(0, 1.0)]

"""The numbers of an epoch are where Lightning would have laid them."""

from __future__ import annotations

import pytest
import torch

from handgrad.training import Classifier, CSVLog, _epoch_log, _judged_model, _task


def logged_by_lightning(module, values, shown):
    for name, value in values.items():
        module.log(name, value, prog_bar=name in shown)


@pytest.mark.parametrize("engine", ["tape", "loop"])
def test_everybody_sees_what_lightning_would_have_shown(engine, iris, make_task, make_trainer, tmp_path, monkeypatch):
    def fitted(name):
        torch.manual_seed(0)
        trainer = make_trainer(max_epochs=3, logger=CSVLog(tmp_path / name), num_sanity_val_steps=1)
        task = make_task(iris, engine=engine)
        trainer.fit(task, datamodule=iris)
        return trainer, task, (tmp_path / name / "metrics.csv").read_text()

    ours, _, file = fitted("ours")
    for module in (_judged_model, _task):
        assert module.log_epoch is _epoch_log.log_epoch
        monkeypatch.setattr(module, "log_epoch", logged_by_lightning)
    theirs, _, expected = fitted("theirs")
    assert ours.callback_metrics == theirs.callback_metrics
    assert ours.logged_metrics == theirs.logged_metrics
    assert ours.progress_bar_metrics == theirs.progress_bar_metrics
    assert {"train/loss", "val/loss", f"val/{Classifier.headline}"} == set(ours.progress_bar_metrics)
    assert sorted(file.splitlines()[0].split(",")) == sorted(expected.splitlines()[0].split(","))
    assert [sorted(line.split(",")) for line in file.splitlines()] == [
        sorted(line.split(",")) for line in expected.splitlines()
    ]

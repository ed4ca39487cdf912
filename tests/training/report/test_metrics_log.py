from __future__ import annotations

import math

import pytest

from handgrad.training import CSVLog
from handgrad.training.report._metrics_log import at_steps, curves, read_log


@pytest.fixture
def log(tmp_path):
    """Three epochs of four steps; the gradient is looked at before steps 0, 6 and 12."""
    log = CSVLog(tmp_path)
    for epoch in range(3):
        for step in range(4 * epoch, 4 * epoch + 4):
            if step in (0, 6):
                log.log_metrics({"grad/layers.0": 0.5 + step, "lr-SGD": 0.1}, step)
        log.log_metrics({"val/loss": 1.0 - 0.1 * epoch, "epoch": epoch}, 4 * epoch + 3)
        log.log_metrics({"train/loss": 2.0 - epoch, "epoch": epoch}, 4 * epoch + 3)
    log.log_metrics({"grad/layers.0": 9.0}, 14)
    log.log_metrics({"test/loss": 0.25, "epoch": 3}, 15)
    log.save()
    return read_log(log.path)


def test_curves_have_a_value_for_each_epoch(log):
    found = curves(log)
    assert found.epochs == [0, 1, 2]
    assert found.values == {"val/loss": pytest.approx([1.0, 0.9, 0.8]), "train/loss": [2.0, 1.0, 0.0]}


def test_steps_lie_in_their_epochs_and_beyond_the_last_end_as_in_it(log):
    assert at_steps(log, "grad/") == {"layers.0": [(0.0, 0.5), (1.5, 6.5), (3.5, 9.0)]}
    assert at_steps(log, "lr-") == {"SGD": [(0.0, 0.1), (1.5, 0.1)]}


def test_a_log_without_epochs_has_empty_curves(tmp_path):
    log = CSVLog(tmp_path)
    log.log_metrics({"grad/layers.0": 1.0}, 3)
    log.save()
    assert curves(read_log(log.path)).epochs == []
    assert at_steps(read_log(log.path), "grad/") == {"layers.0": [(0.0, 1.0)]}


def test_a_line_that_a_kill_cut_short_is_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step,epoch,train/loss,val/loss\n3,0,1.5,0.5\n7,1,1.2")
    assert curves(read_log(path)).points("train/loss") == [(0, 1.5), (1, 1.2)]
    path.write_text("step,epoch,train/loss,val/loss\n3,0,1.5,0.5\n7,1,-")
    assert curves(read_log(path)).points("val/loss") == [(0, 0.5)]


def test_the_last_value_of_an_epoch_counts_and_nan_is_no_point():
    rows = [{"step": 1.0, "epoch": 0.0, "val/loss": 3.0}, {"step": 3.0, "epoch": 0.0, "val/loss": 2.0}]
    rows.append({"step": 7.0, "epoch": 1.0, "val/loss": math.nan})
    assert curves(rows).points("val/loss") == [(0, 2.0)]


def test_the_best_epoch_is_the_first_of_the_best():
    rows = [{"step": float(n), "epoch": float(n), "val/a": value} for n, value in enumerate([3.0, 1.0, 1.0, 5.0, 5.0])]
    found = curves(rows)
    assert (found.best("val/a"), found.best("val/a", "max"), found.best("val/b")) == (1, 3, None)

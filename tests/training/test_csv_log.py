from __future__ import annotations

import csv
import json
from argparse import Namespace

import pytest
import torch

from handgrad.training import CSVLog


def rows(path):
    with path.open(newline="") as file:
        return [{name: float(cell) for name, cell in row.items() if cell} for row in csv.DictReader(file)]


def logged(path, *entries):
    log = CSVLog(path.parent)
    for step, metrics in entries:
        log.log_metrics(metrics, step)
        log.save()
    return log


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "metrics.csv"


def test_what_is_logged_at_one_step_is_one_row(path):
    logged(path, (0, {"a": 1}), (0, {"b": torch.tensor(2.0)}), (3, {"a": 5}))
    assert rows(path) == [{"step": 0, "a": 1, "b": 2}, {"step": 3, "a": 5}]


def test_everything_is_in_the_file_after_each_save(path):
    log = logged(path, (0, {"a": 1}))
    assert rows(path) == [{"step": 0, "a": 1}]
    log.log_metrics({"b": 2}, 0)
    log.finalize("success")
    assert rows(path) == [{"step": 0, "a": 1, "b": 2}]


def test_a_new_name_keeps_the_rows_before_it(path):
    logged(path, (0, {"a": 1}), (1, {"a": 2}), (2, {"a": 3, "z": 4}))
    assert rows(path) == [{"step": 0, "a": 1}, {"step": 1, "a": 2}, {"step": 2, "a": 3, "z": 4}]


def test_a_resumed_run_keeps_earlier_rows_and_replaces_those_it_runs_again(path):
    logged(path, (0, {"a": 1}), (4, {"a": 2}), (8, {"a": 3}))
    logged(path, (6, {"a": 5}), (8, {"b": 6}))
    assert rows(path) == [{"step": 0, "a": 1}, {"step": 4, "a": 2}, {"step": 6, "a": 5}, {"step": 8, "b": 6}]


def test_a_row_that_the_checkpoint_cut_in_two_is_completed(path):
    logged(path, (0, {"a": 1}), (4, {"validation": 2}))
    logged(path, (4, {"training": 3}))
    assert rows(path) == [{"step": 0, "a": 1}, {"step": 4, "validation": 2, "training": 3}]


def test_a_new_run_in_an_old_directory_begins_a_new_log(path):
    logged(path, (1, {"a": 1}), (4, {"a": 2}))
    logged(path, (0, {"a": 7}))
    assert rows(path) == [{"step": 0, "a": 7}]


def test_a_test_in_another_process_comes_after_all_rows(path):
    logged(path, (0, {"a": 1}), (4, {"a": 2}))
    logged(path, (0, {"test/loss": 7, "epoch": 0}))
    assert rows(path) == [{"step": 0, "a": 1}, {"step": 4, "a": 2}, {"step": 5, "test/loss": 7, "epoch": 0}]


def test_a_line_that_a_kill_cut_short_does_no_harm(path):
    logged(path, (0, {"a": 1, "b": 1}), (4, {"a": 2, "b": 2}))
    path.write_text(path.read_text()[:-4])
    logged(path, (6, {"a": 3}))
    assert [row["step"] for row in rows(path)] == [0, 4, 6]


def test_without_a_step_the_row_goes_on(path):
    logged(path, (2, {"a": 1}), (None, {"b": 2}))
    assert rows(path) == [{"step": 2, "a": 1, "b": 2}]


@pytest.mark.parametrize("parameters", [{"lr": 0.1}, Namespace(lr=0.1)])
def test_hyper_parameters_go_beside_it(path, parameters):
    CSVLog(path.parent).log_hyperparams(parameters)
    assert json.loads(path.with_name("hparams.json").read_text()) == {"lr": 0.1}


def test_it_tells_lightning_where_it_is(tmp_path):
    log = CSVLog(tmp_path, "log.csv")
    assert (log.name, log.version, log.save_dir, log.log_dir) == ("log", "", str(tmp_path), str(tmp_path))


def test_nothing_is_written_before_something_is_logged(path):
    CSVLog(path.parent).finalize("failed")
    assert not path.parent.exists()


def test_a_trainer_writes_one_row_for_each_epoch_and_one_for_the_test(iris, make_task, make_trainer, path):
    trainer, task = make_trainer(max_epochs=3, logger=CSVLog(path.parent)), make_task(iris)
    trainer.fit(task, datamodule=iris)
    trainer.test(task, datamodule=iris, verbose=False)
    table = rows(path)
    assert [row["step"] for row in table] == [5, 11, 17, 18]
    assert all({"train/loss", "val/loss", "val/accuracy", "epoch"} <= set(row) for row in table[:3])
    assert "test/accuracy" in table[3]

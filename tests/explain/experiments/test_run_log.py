from __future__ import annotations

from math import isnan

import pytest

from handgrad.explain.experiments import RunLog

LOG = """step,epoch,grad/layers.0,update/layers.0,train/loss,test/loss
0,,0.5,,,
3,0.0,,0.01,1.5,
4,,0.25,,,
7,1.0,,0.005,0.75,
8,2.0,,,,0.9
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "metrics.csv").write_text(LOG)
    return tmp_path


def test_values_stand_at_the_epoch_after_which_they_were_logged(run):
    log = RunLog.read(run)
    assert log.series["train/loss"] == [(1, 1.5), (2, 0.75)]
    assert log.of("grad", "layers.0") == [(0.25, 0.5), (1.25, 0.25)]
    assert log.of("update", "layers.0") == [(1, 0.01), (2, 0.005)]


def test_the_test_is_no_part_of_the_training(run):
    assert set(RunLog.read(run).series) == {"grad/layers.0", "update/layers.0", "train/loss"}


def test_layers_are_found_by_the_kind_of_column(run):
    log = RunLog.read(run)
    assert log.layers("grad") == ["layers.0"]
    assert log.layers("dead") == []
    assert log.of("dead", "layers.0") == []
    assert log.last("train/loss") == 0.75
    assert isnan(log.last("val/loss"))


def test_a_directory_without_a_log_is_refused(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"RunLog: there is no file .*metrics.csv'; expected the directory of a"
    ):
        RunLog.read(tmp_path)


@pytest.mark.parametrize(
    "text", ["step,epoch\na,b\n", "step,epoch,train/loss\n1,2,3,4\n", "step\n\x00", "\udcff"], ids=repr
)
def test_what_is_no_table_of_numbers_is_refused(text, tmp_path):
    (tmp_path / "metrics.csv").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ValueError, match="RunLog: expected"):
        RunLog.read(tmp_path)


@pytest.mark.parametrize("text", ["", "step,epoch\n", "step,epoch,val/loss\n3,0,1\n", "a,b\n1,2\n"], ids=repr)
def test_a_log_without_a_finished_epoch_is_refused(text, tmp_path):
    (tmp_path / "metrics.csv").write_text(text)
    with pytest.raises(ValueError, match="expected a training that finished an epoch"):
        RunLog.read(tmp_path)

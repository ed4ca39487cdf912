from __future__ import annotations

import json

import pytest
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from handgrad.training import CSVLog, HyperParameters, train
from handgrad.training.callbacks._hyper_parameters import flatten

SETTINGS = {"model": {"hidden": [8], "activation": "relu"}, "seed": 7, "optimizer": {"lr": 0.01}}


def test_settings_become_one_level_of_plain_values():
    nested = {"a": {"b": {"c": 1}, "d": None, "e": {}}, "f": True, "g": [1, "x"], "h": 0.5}
    assert flatten(nested) == {"a.b.c": 1, "a.d": "None", "a.e": "{}", "f": True, "g": "[1, 'x']", "h": 0.5}


@pytest.fixture
def events(iris, make_task, make_trainer, tmp_path):
    logger = TensorBoardLogger(tmp_path, "tensorboard", "", default_hp_metric=False)
    trainer = make_trainer(logger=[logger, CSVLog(tmp_path)], callbacks=[HyperParameters(SETTINGS)])
    metrics = train(iris, make_task(iris), trainer)
    return metrics, EventAccumulator(str(tmp_path / "tensorboard")).Reload()


def test_the_tab_lists_settings_and_the_metrics_of_the_test(events):
    metrics, log = events
    plugin = log.SummaryMetadata
    start = HParamsPluginData.FromString(plugin("_hparams_/session_start_info").plugin_data.content)
    assert start.session_start_info.hparams["model.hidden"].string_value == "[8]"
    assert start.session_start_info.hparams["optimizer.lr"].number_value == 0.01
    experiment = HParamsPluginData.FromString(plugin("_hparams_/experiment").plugin_data.content)
    names = {info.name.tag for info in experiment.experiment.metric_infos}
    assert names == {name.replace("test/", "hp/") for name in metrics}
    for name, value in metrics.items():
        assert log.Scalars(name.replace("test/", "hp/"))[-1].value == pytest.approx(value)


def test_other_loggers_get_the_settings_too(events, tmp_path):
    assert json.loads((tmp_path / "hparams.json").read_text()) == flatten(SETTINGS)

"""The configuration of scripts/explain.py: every experiment builds, and its values are the library's."""

from __future__ import annotations

import inspect

import pytest
from omegaconf import DictConfig, OmegaConf

import explaining_schemas
from building import build
from commandline import register_resolvers
from composing import choices, composed
from configuration import register
from experimenting import check_experiment
from handgrad.explain.experiments import Descent, Health, Surface, Vanishing
from handgrad.explain.experiments._initialisation import INITIALISATIONS
from handgrad.nn import ACTIVATIONS
from handgrad.training import DATA_NAMES
from ranges import ConfigurationError, check

CLASSES = {"vanishing": Vanishing, "descent": Descent, "surface": Surface, "health": Health}


@pytest.fixture
def compose():
    register()
    register_resolvers()

    def make(*overrides: str) -> DictConfig:
        cfg = composed("explain", [*overrides, "output_dir=out"])
        return OmegaConf.masked_copy(cfg, [str(name) for name in cfg if name != "hydra"])

    return make


def test_it_is_within_its_own_ranges(compose):
    check(compose())


@pytest.mark.parametrize("name", explaining_schemas.EXPERIMENTS)
def test_every_experiment_builds_with_the_librarys_own_values(name, compose):
    cfg = compose()
    assert set(cfg[name]) - {"_target_"} == set(inspect.signature(CLASSES[name]).parameters)
    built, default = build(cfg[name]), CLASSES[name]()
    for field in inspect.signature(CLASSES[name]).parameters:
        value, own = getattr(built, field), getattr(default, field)
        assert (list(value) if isinstance(value, list) else value) == (list(own) if isinstance(own, tuple) else own)


def test_one_seed_goes_to_all(compose):
    cfg = compose("seed=7", "data=iris")
    assert {cfg.vanishing.seed, cfg.descent.seed, cfg.surface.seed, cfg.data.seed} == {7}


def test_words_are_the_librarys():
    assert set(explaining_schemas.ACTIVATIONS.choices) == set(ACTIVATIONS)
    assert set(explaining_schemas.INITIALISATIONS.choices) == set(INITIALISATIONS)


def test_the_experiments_data_are_known(compose):
    assert set(compose().experiment.data.values()) <= set(DATA_NAMES)


def test_the_demonstration_is_a_line_for_train(compose):
    cfg = composed("train", [*compose().experiment.demonstration, "output_dir=out"])
    check(OmegaConf.masked_copy(cfg, [str(name) for name in cfg if name != "hydra"]))


def test_only_the_groups_that_it_chooses_from_are_offered():
    assert set(choices("explain")) == {"data"}
    assert choices("predict") == choices("bench") == {}
    assert {"data", "model", "experiment", "debug"} <= set(choices("train"))
    assert "explain" not in choices("train")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([], "say which: experiment=… is one of vanishing, descent, surface, health"),
        (["experiment.name=helth"], "experiment=helth is unknown; .*Did you mean health"),
        (["experiment.name=descent", "data=wine"], "experiment=descent takes no data=…"),
        (["experiment.name=surface", "run=outputs"], "run=… belongs to experiment=health"),
    ],
)
def test_what_cannot_be_meant_is_refused(line, words, compose):
    with pytest.raises(ConfigurationError, match=words):
        check_experiment(compose(*line))


def test_a_run_without_a_log_is_refused(compose, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"run: there is no file '.*metrics\.csv'"):
        check_experiment(compose("experiment.name=health", f"run={tmp_path}"))

from __future__ import annotations

import functools

import pytest
import torch
from omegaconf import OmegaConf

from building import build, build_each
from handgrad.nn import MLP
from ranges import ConfigurationError

MODEL = {"_target_": "handgrad.nn.MLP", "in_features": None, "hidden": [3], "out_features": None, "activation": "relu"}


def test_arguments_take_precedence_over_the_node() -> None:
    net = build(OmegaConf.create(MODEL), in_features=4, out_features=2)
    assert isinstance(net, MLP)
    assert (net.in_features, net.out_features, net.hidden) == (4, 2, [3])


def test_lists_arrive_as_lists() -> None:
    made = build(OmegaConf.create({"_target_": "builtins.dict", "_partial_": True, "hidden": [1, 2]}))
    assert type(made()["hidden"]) is list


def test_a_partial_is_functools_own() -> None:
    made = build(OmegaConf.create({"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.5}))
    assert type(made) is functools.partial
    assert made.func is torch.optim.SGD
    assert made.keywords == {"lr": 0.5}


def test_nothing_builds_nothing() -> None:
    assert build(None) is None
    assert build_each(OmegaConf.create({"left_out": None})) == []


def test_what_is_to_be_told_is_not_built() -> None:
    node = {"_target_": "handgrad.training.HyperParameters", "_recursive_": False, "parameters": {"model": MODEL}}
    assert build(OmegaConf.create(node)).parameters["model._target_"] == "handgrad.nn.MLP"


def test_an_error_of_the_constructor_arrives_as_it_was_raised() -> None:
    with pytest.raises(ValueError, match="relu"):
        build(OmegaConf.create(MODEL | {"activation": "rellu"}), in_features=4, out_features=2)


def test_an_unknown_parameter_is_named_with_its_near_matches() -> None:
    with pytest.raises(ConfigurationError, match=r"MLP has no parameter 'hiden'\. Did you mean hidden\?"):
        build(OmegaConf.create(MODEL | {"hiden": [3]}), in_features=4, out_features=2)

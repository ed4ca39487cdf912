"""Every file of every group composes, is within its ranges, and builds."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from building import build, build_each
from composing import CONF, choices, composed
from configuration import SCHEMAS
from ranges import check

Compose = Callable[..., DictConfig]

CHOICES = [(group, choice) for group, names in choices().items() for choice in names]
# Schemas that serve more than the class they are named after.
SHARED = {"AdamW": "Adam", "network": "Network", "FiniteGuard": "Target", "RandomState": "Target"}


def nodes(cfg: DictConfig) -> Iterator[DictConfig]:
    """Every node that names a target."""
    for name in cfg:
        value = None if OmegaConf.is_interpolation(cfg, str(name)) else cfg[name]
        if isinstance(value, DictConfig):
            if "_target_" in value:
                yield value
            yield from nodes(value)


@pytest.mark.parametrize(("group", "choice"), CHOICES)
def test_every_choice_is_within_its_own_ranges(group: str, choice: str, compose: Compose) -> None:
    check(compose(f"{group}={choice}"))


@pytest.mark.parametrize(("group", "choice"), CHOICES)
def test_every_key_is_a_parameter_of_its_target(group: str, choice: str, compose: Compose) -> None:
    for node in nodes(compose(f"{group}={choice}")):
        target = get_object(node._target_)
        schema: Any = OmegaConf.get_type(node)
        assert dataclasses.is_dataclass(schema), f"{node._target_} has no schema"
        assert schema.__name__ == SHARED.get(target.__name__, target.__name__)
        keys = {str(key) for key in node} - {"_target_", "_partial_", "_recursive_"}
        assert keys <= set(inspect.signature(target).parameters)


@pytest.mark.parametrize(("group", "choice"), [pair for pair in CHOICES if pair[0] not in ("data", "trainer")])
def test_every_choice_builds(group: str, choice: str, compose: Compose) -> None:
    cfg = compose(f"{group}={choice}")
    net = build(cfg.model, in_features=3, out_features=2)
    optimizer = build(cfg.optimizer)(net.parameters())
    scheduler = build(cfg.scheduler)
    assert net(torch.zeros(4, 3)).shape == (4, 2)
    assert scheduler is None or scheduler(optimizer).optimizer is optimizer
    assert cfg.loss is None or callable(build(cfg.loss))
    assert len(build_each(cfg.callbacks)) == len([node for node in cfg.callbacks.values() if node])
    assert len(build_each(cfg.logger)) == len(cfg.logger)


@pytest.mark.parametrize("choice", choices()["data"])
def test_every_data_choice_builds_a_table(choice: str, compose: Compose) -> None:
    data = build(compose(f"data={choice}").data)
    assert data.in_features == len(data.features)
    assert len(data.train.x) > len(data.test.x) > 0


@pytest.mark.parametrize("choice", choices()["trainer"])
def test_every_trainer_choice_builds_a_trainer(choice: str, compose: Compose) -> None:
    cfg = compose(f"trainer={choice}", "callbacks=none", "logger=none").trainer
    if cfg.accelerator == "gpu" and not torch.cuda.is_available():
        pytest.skip("needs a CUDA GPU")
    if cfg.accelerator == "mps" and not torch.backends.mps.is_available():
        pytest.skip("needs an Apple GPU")
    trainer = build(cfg, logger=False)
    assert trainer.max_epochs == cfg.max_epochs
    assert trainer.num_devices == cfg.devices


def test_every_schema_is_named_by_a_file() -> None:
    text = "".join(path.read_text() for path in CONF.rglob("*.yaml"))
    assert [schema.__name__ for schema in SCHEMAS if f"/schema/{schema.__name__}@" not in text] == []


def test_values_have_one_home() -> None:
    for schema in SCHEMAS:
        for field in dataclasses.fields(schema):
            assert field.default is field.default_factory is dataclasses.MISSING, f"{schema.__name__}.{field.name}"


def test_predict_composes_and_asks_for_what_it_needs(compose: Compose) -> None:
    cfg = composed("predict", [])
    assert OmegaConf.is_missing(cfg, "ckpt_path")
    assert OmegaConf.is_missing(cfg, "input")
    assert cfg.output == "pred.csv"

"""What the configurations describe trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from omegaconf import DictConfig

from composing import choices
from handgrad.engine import ENGINES
from html_page import Page
from ranges import ConfigurationError
from train import run

Compose = Callable[..., DictConfig]

QUIET = ("callbacks.progress_bar=null", "callbacks.model_summary=null", "logger=csv")


@pytest.mark.parametrize("model", choices()["model"])
@pytest.mark.parametrize("data", [name for name in choices()["data"] if name != "sklearn"])
def test_one_epoch_of_every_data_and_model(data: str, model: str, compose: Compose, tmp_path: Path) -> None:
    metrics = run(compose(f"data={data}", f"model={model}", "trainer.max_epochs=1", *QUIET))
    score = "test/r2" if data == "diabetes" else "test/accuracy"
    assert {"test/loss", score} <= set(metrics)
    assert (tmp_path / "checkpoints" / "best.ckpt").is_file()
    assert yaml.safe_load((tmp_path / "config.yaml").read_text())["trainer"]["max_epochs"] == 1


@pytest.mark.parametrize("scheduler", choices()["scheduler"])
@pytest.mark.parametrize("optimizer", choices()["optimizer"])
def test_one_epoch_of_every_optimizer_and_scheduler(optimizer: str, scheduler: str, compose: Compose) -> None:
    choice = (f"optimizer={optimizer}", f"scheduler={scheduler}")
    assert "test/accuracy" in run(compose(*choice, "debug=fast", "trainer.gradient_clip_val=1.0", *QUIET[:2]))


@pytest.mark.parametrize("engine", ["auto", *ENGINES])
def test_one_epoch_of_every_engine(engine: str, compose: Compose, tmp_path: Path) -> None:
    assert "test/accuracy" in run(compose(f"engine={engine}", "trainer.max_epochs=1", *QUIET))
    taken = "loop" if engine == "auto" else engine
    assert f"Engine{taken}: " in Page.at(tmp_path / "report.html").text


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.in_features=3", "model.in_features must be 13"),
        ("model.out_features=4", "model.out_features must be 3"),
        ("loss=mse", "loss=mse is for numbers, and 'cultivar' has 3 classes"),
    ],
)
def test_what_does_not_fit_the_data_is_refused(override: str, words: str, compose: Compose) -> None:
    with pytest.raises(ConfigurationError, match=words):
        run(compose(override))


def test_cross_entropy_is_refused_for_numbers(compose: Compose) -> None:
    with pytest.raises(ConfigurationError, match="loss=cross_entropy is for classes"):
        run(compose("data=diabetes", "loss=cross_entropy"))

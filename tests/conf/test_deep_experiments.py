"""SPEC S9 on real data: twelve sigmoid layers learn nothing, twelve ReLU layers do, and grad/<layer> shows why."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig

from train import run

Compose = Callable[..., DictConfig]

QUIET = ("callbacks.progress_bar=null", "callbacks.model_summary=null", "logger=csv", "trainer.max_epochs=3")


def columns(path: Path, *names: str) -> list[list[float]]:
    """The values of each column, without the empty cells."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [[float(row[name]) for row in rows if row[name]] for name in names]


@pytest.mark.slow
def test_the_gradient_vanishes_in_deep_sigmoid_and_nothing_is_learnt(compose: Compose, tmp_path: Path) -> None:
    metrics = run(compose("experiment=deep_sigmoid", *QUIET))
    loss, first, last = columns(tmp_path / "metrics.csv", "train/loss", "grad/layers.0", "grad/layers.12")
    assert loss[-1] == pytest.approx(math.log(10), abs=0.05)  # as good as guessing one of ten digits
    assert metrics["test/accuracy"] < 0.25
    assert max(first) < 1e-4 * max(last)


@pytest.mark.slow
def test_the_gradient_survives_in_deep_relu_and_it_learns(compose: Compose, tmp_path: Path) -> None:
    metrics = run(compose("experiment=deep_relu", *QUIET))
    loss, first, last = columns(tmp_path / "metrics.csv", "train/loss", "grad/layers.0", "grad/layers.12")
    assert loss[-1] < 0.7 * math.log(10)
    assert metrics["test/accuracy"] > 0.4
    assert first[0] > 0.1 * last[0]

"""A record with everything in it, as plain data: no run is needed to draw a page."""

from __future__ import annotations

import pytest

from handgrad.training.report._gradient_health import GradientHealth
from handgrad.training.report._metrics_log import Curves
from handgrad.training.report._record import Ending, LayerRecord, LearningRecord, Outcome, RunRecord, TableRecord


@pytest.fixture
def record() -> RunRecord:
    """A classification of two classes, three epochs long."""
    return RunRecord(
        headline="accuracy",
        ending=Ending("finished", "Trained to the end: 3 epochs, 12 steps."),
        seconds=2.5,
        written="2026-01-02 03:04",
        table=TableRecord(
            "wines.csv", ["age", "smell"], "colour", {"training": 30, "test": 10}, ["white", "red"], [25, 15]
        ),
        learning=LearningRecord(
            "MLP 2 → 4 → 2, relu",
            [LayerRecord("layers.0", "Linear", {"weight": (4, 2), "bias": (4,)}, 12)],
            {"Loss": "CrossEntropyLoss()", "Optimizer": "Adam(lr=0.01)"},
        ),
        curves=Curves(
            [0, 1, 2],
            {"train/loss": [0.9, 0.6, 0.3], "val/loss": [0.8, 0.5, 0.7], "val/accuracy": [0.5, 0.75, 0.625]},
        ),
        rates={"Adam": [(0.0, 0.01), (1.0, 0.005)]},
        best_epoch=1,
        test=Outcome({"accuracy": 0.7, "loss": 0.55}, "those of best.ckpt", confusion=[[4, 2], [1, 3]]),
        gradients=GradientHealth({"layers.0": [(0.0, 0.5), (1.0, 0.2)], "layers.1": [(0.0, 1.0), (1.0, 0.8)]}),
        environment={"machine": {"cores": 2}, "versions": {"torch": "2.13.0"}, "commit": "abc123"},
        configuration="seed: 0\n",
        checkpoint="run/best.ckpt",
        resumed_from="old/last.ckpt",
        command="python scripts/train.py seed=0",
        predict="python scripts/predict.py ckpt_path=run/best.ckpt",
    )

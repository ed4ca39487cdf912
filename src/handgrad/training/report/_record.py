"""What a run was and how it went: plain data, which a page is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handgrad.training.report._gradient_health import GradientHealth
from handgrad.training.report._metrics_log import Curves, Points


@dataclass(frozen=True)
class Ending:
    """Where a run stands.

    Attributes:
        state: ``"running"``, ``"finished"``, ``"stopped early"``, ``"interrupted"`` or ``"failed"``.
        sentence: What happened, and when.
    """

    state: str
    sentence: str


@dataclass(frozen=True)
class TableRecord:
    """The table that was trained on.

    Attributes:
        source: Where it comes from: the name of a bundled set, or a path.
        features: The names of the feature columns.
        target: The name of the target column.
        splits: The number of rows of each split, by its name.
        classes: The names of the classes; ``None`` for a regression.
        class_rows: The rows of each class in all splits; empty if they were not counted.
        target_range: The least, the mean and the greatest target of all splits; ``None`` for classes.
    """

    source: str
    features: list[str]
    target: str
    splits: dict[str, int]
    classes: list[str] | None = None
    class_rows: list[int] = field(default_factory=list)
    target_range: tuple[float, float, float] | None = None

    @property
    def rows(self) -> int:
        """The rows of all splits."""
        return sum(self.splits.values())


@dataclass(frozen=True)
class LayerRecord:
    """A module that has parameters of its own.

    Attributes:
        name: Its name in the net.
        kind: The name of its class.
        shapes: The shape of each parameter, by its name.
        parameters: How many numbers these are.
    """

    name: str
    kind: str
    shapes: dict[str, tuple[int, ...]]
    parameters: int


@dataclass(frozen=True)
class LearningRecord:
    """The net, and how it was trained.

    Attributes:
        net: The net in one line.
        layers: Its modules with parameters, from the inputs to the outputs.
        settings: Loss, optimizer, scheduler and the like, in words.
    """

    net: str
    layers: list[LayerRecord]
    settings: dict[str, str]

    @property
    def parameters(self) -> int:
        """The number of parameters."""
        return sum(layer.parameters for layer in self.layers)


@dataclass(frozen=True)
class Outcome:
    """What the test found.

    Attributes:
        metrics: Its metrics by name, without ``test/``.
        weights: Which weights were tested, in words.
        confusion: How many rows of a class (first index) were taken for a class (second); ``None`` for a regression.
        pairs: The true and the predicted value of each row; ``None`` for classes.
    """

    metrics: dict[str, float]
    weights: str
    confusion: list[list[int]] | None = None
    pairs: list[tuple[float, float]] | None = None


@dataclass(frozen=True)
class RunRecord:
    """A run.

    Attributes:
        headline: The metric to be shown first.
        ending: Where it stands.
        seconds: How long this process has been at it.
        written: When this was observed, date and time.
        table: What was trained on.
        learning: What was trained, and how.
        curves: What was logged each epoch, of no epoch if none came to its end; ``None`` without a log.
        rates: The learning rate, by the optimizer's name, as (place in epochs, rate); empty if it was not logged.
        best_epoch: The epoch with the best validation, counted from 0; ``None`` if that is not known.
        test: What the test found; ``None`` if there was none.
        gradients: How large the gradients of the layers were; ``None`` if that was not logged.
        environment: Versions, commit, machine: values by name, nested or flat.
        configuration: The configuration as YAML; ``None`` if there is none.
        checkpoint: The path of the best checkpoint, else of the last one; empty if there is none.
        resumed_from: The checkpoint that this process went on from; empty if it began at the beginning.
        command: The line that starts this run again; empty if that is not known.
        predict: The line that predicts with the checkpoint; empty if there is none.
    """

    headline: str
    ending: Ending
    seconds: float
    written: str
    table: TableRecord
    learning: LearningRecord
    curves: Curves | None = None
    rates: dict[str, Points] = field(default_factory=dict)
    best_epoch: int | None = None
    test: Outcome | None = None
    gradients: GradientHealth | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    configuration: str | None = None
    checkpoint: str = ""
    resumed_from: str = ""
    command: str = ""
    predict: str = ""

"""What scripts/explain.py can be asked: what to explain and how, the experiments and their parameters. See ``configuration.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from learning_schemas import Target, whole
from ranges import Range, above, at_least, each, one_of, within

EXPERIMENTS = ("vanishing", "descent", "surface", "health")
ACTIVATIONS = one_of("sigmoid", "tanh", "relu")
INITIALISATIONS = one_of("xavier", "he", "normal")
seed = within(0, 2**32 - 1)
FORMATS = ("text", "json", "latex", "html", "svg", "gif")
SPLITS = ("train", "validation", "test")


def _is_rows(value: Any) -> bool:
    rows = value if isinstance(value, list) else [value]
    return bool(rows) and all(isinstance(row, int) and not isinstance(row, bool) and row >= 0 for row in rows)


@dataclass
class ChapterExample:
    """The chapter's network."""

    activation: Annotated[str, one_of("relu", "sigmoid")]


@dataclass
class Experiment:
    """Which experiment, and what it takes where the line does not say."""

    name: str | None
    data: dict[str, str]
    demonstration: list[str]


@dataclass
class Explain:
    """The whole of ``conf/explain.yaml``; the experiments bring their own schemas."""

    explain: ChapterExample
    ckpt_path: str | None
    member: Annotated[int | None, at_least(0)]
    sample: Annotated[Any, Range("a row counted from 0, or a list of such rows", _is_rows)]
    data: Any
    split: Annotated[str, one_of(*SPLITS)]
    input: str | None
    view: Annotated[str, one_of("all", "mean", "sample")]
    learning_rate: Annotated[float | None, at_least(0)]
    format: Annotated[str | None, one_of(*FORMATS)]
    step: int | None
    output: str | None
    overwrite: bool
    language: Annotated[str, one_of("en", "ja")]
    seed: Annotated[int, seed]
    experiment: Experiment
    run: str | None
    output_dir: str
    vanishing: Any
    descent: Any
    surface: Any
    health: Any


@dataclass
class Vanishing(Target):
    """The gradient by depth, activation and initialisation."""

    depths: Annotated[list[int], each(whole)]
    activations: Annotated[list[str], each(ACTIVATIONS)]
    initialisations: Annotated[list[str], each(INITIALISATIONS)]
    width: Annotated[int, whole]
    epochs: Annotated[int, whole]
    batch_size: Annotated[int, whole]
    lr: Annotated[float, above(0)]
    seed: Annotated[int, seed]


@dataclass
class Descent(Target):
    """Gradient descent on curves of one weight."""

    rates: Annotated[list[float], each(above(0))]
    steps: Annotated[int, whole]
    rows: Annotated[int, at_least(20)]
    start: Annotated[float, within(-5, 5)]
    lr: Annotated[float, above(0)]
    batch_size: Annotated[int, whole]
    sgd_steps: Annotated[int, whole]
    runs: Annotated[int, whole]
    batch_sizes: Annotated[list[int], each(whole)]
    draws: Annotated[int, at_least(2)]
    seed: Annotated[int, seed]


@dataclass
class Surface(Target):
    """The loss surface and the decision boundary."""

    features: list[str]
    hidden: Annotated[list[int], each(whole)]
    activation: Annotated[str, ACTIVATIONS]
    initialisation: Annotated[str, INITIALISATIONS]
    epochs: Annotated[int, at_least(2)]
    batch_size: Annotated[int, whole]
    lr: Annotated[float, above(0)]
    snapshots: Annotated[list[int], each(at_least(0))]
    grid: Annotated[int, at_least(2)]
    seed: Annotated[int, seed]


@dataclass
class Health(Target):
    """From where on a layer's health is worth a warning."""

    dead_limit: Annotated[float, within(0, 1)]
    saturated_limit: Annotated[float, within(0, 1)]
    smallest_update: Annotated[float, above(0)]
    largest_update: Annotated[float, above(0)]
    smallest_gradient: Annotated[float, within(0, 1)]


SCHEMAS: tuple[type[Any], ...] = (Explain, ChapterExample, Vanishing, Descent, Surface, Health)

"""What learns and from what: data, model, loss, optimizer, scheduler. See ``configuration.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from ranges import above, at_least, each, inside, one_of, within

fraction = inside(0, 1)
whole = at_least(1)


@dataclass
class Target:
    """Something that is built: the dotted name of a class, and its arguments."""

    _target_: str


@dataclass
class PartialTarget(Target):
    """Something that is built later, when its first argument is known."""

    _partial_: bool


@dataclass
class Splits(Target):
    """What every table of data has."""

    batch_size: Annotated[int, whole]
    validation_fraction: Annotated[float, fraction]
    test_fraction: Annotated[float, fraction]
    seed: Annotated[int, at_least(0)]


@dataclass
class SklearnDataModule(Splits):
    """One of scikit-learn's bundled tables."""

    name: Annotated[str, one_of("wine", "breast_cancer", "digits", "iris", "diabetes")]


@dataclass
class CSVDataModule(Splits):
    """The user's own table."""

    path: str
    target: str
    delimiter: str | None
    task: Annotated[str, one_of("auto", "classification", "regression")]


@dataclass
class Network(Target):
    """The network, or an ensemble; its outer sizes come from the data unless they are given."""

    in_features: Annotated[int | None, whole]
    hidden: Annotated[list[int], each(whole)]
    out_features: Annotated[int | None, whole]
    activation: Annotated[str, one_of("sigmoid", "tanh", "relu")]
    members: Annotated[int, whole]
    rates: Annotated[list[float] | None, each(above(0))]


@dataclass
class CrossEntropyLoss(Target):
    """For classes."""

    weight: Any
    label_smoothing: Annotated[float, within(0, 1)]
    reduction: Annotated[str, one_of("mean", "sum", "chapter", "torch", "half_sum")]


@dataclass
class MSELoss(Target):
    """For numbers."""

    reduction: Annotated[str, one_of("mean", "sum", "chapter", "torch", "half_sum")]


@dataclass
class SGD(PartialTarget):
    """Stochastic gradient descent."""

    lr: Annotated[float, above(0)]
    momentum: Annotated[float, at_least(0)]
    dampening: Annotated[float, at_least(0)]
    weight_decay: Annotated[float, at_least(0)]
    nesterov: bool
    fused: bool | None


@dataclass
class Adam(PartialTarget):
    """Adam and AdamW."""

    lr: Annotated[float, above(0)]
    betas: Annotated[tuple[float, float], each(within(0, 0.9999999))]
    eps: Annotated[float, at_least(0)]
    weight_decay: Annotated[float, at_least(0)]
    amsgrad: bool
    fused: bool | None


@dataclass
class CosineAnnealingLR(PartialTarget):
    """Half a cosine from the optimizer's rate down to ``eta_min``."""

    T_max: Annotated[int, whole]
    eta_min: Annotated[float, at_least(0)]


@dataclass
class StepLR(PartialTarget):
    """The rate times ``gamma`` every ``step_size`` epochs."""

    step_size: Annotated[int, whole]
    gamma: Annotated[float, above(0)]


@dataclass
class ExponentialLR(PartialTarget):
    """The rate times ``gamma`` every epoch."""

    gamma: Annotated[float, above(0)]


@dataclass
class ReduceLROnPlateau(PartialTarget):
    """The rate times ``factor`` when val/loss has not fallen for ``patience`` epochs."""

    mode: Annotated[str, one_of("min", "max")]
    factor: Annotated[float, fraction]
    patience: Annotated[int, at_least(0)]
    threshold: Annotated[float, at_least(0)]
    cooldown: Annotated[int, at_least(0)]
    min_lr: Annotated[float, at_least(0)]


SCHEMAS: tuple[type[Any], ...] = (
    *(Target, SklearnDataModule, CSVDataModule, Network, CrossEntropyLoss, MSELoss),
    *(SGD, Adam, CosineAnnealingLR, StepLR, ExponentialLR, ReduceLROnPlateau),
)

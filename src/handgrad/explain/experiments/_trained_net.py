"""A network of the experiment ``vanishing``: what it was, and how it went, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass

from handgrad.explain.experiments._backward_factors import LARGEST_SLOPE, LayerGradient


@dataclass(frozen=True)
class Epoch:
    """A network after so many epochs; 0 is the start.

    Attributes:
        epoch: how many epochs it has been trained for.
        layers: the gradient of the training split at each layer.
        train_loss: mean cross entropy of the training split.
        test_accuracy: the part of the test split that it gets right.
    """

    epoch: int
    layers: list[LayerGradient]
    train_loss: float
    test_accuracy: float


@dataclass(frozen=True)
class TrainedNet:
    """One network and its way.

    Attributes:
        activation: the name of its nonlinear map.
        initialisation: the rule that its weights were drawn by.
        depth: the number of its hidden layers.
        epochs: the start, then every epoch; ends early where the loss is no longer finite.
        finite: whether it got to the end.
    """

    activation: str
    initialisation: str
    depth: int
    epochs: list[Epoch]
    finite: bool

    @property
    def start(self) -> Epoch:
        """Before the first step."""
        return self.epochs[0]

    @property
    def end(self) -> Epoch:
        """After the last epoch that it lived to see."""
        return self.epochs[-1]

    @property
    def bound(self) -> float:
        """The most that its activations together can leave of the gradient; the chapter's ``0.25^k`` for sigmoid."""
        return LARGEST_SLOPE[self.activation] ** self.depth

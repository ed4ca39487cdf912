"""The vanishing gradient (SPEC S9): depth × activation × initialisation on real data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import isfinite

import torch
from torch import Generator

from handgrad.explain.experiments._backward_factors import (
    LARGEST_SLOPE,
    activations_factor,
    backward_factors,
    first_to_last,
    weights_factor,
)
from handgrad.explain.experiments._class_data import ClassData
from handgrad.explain.experiments._initialisation import INITIALISATIONS, seeded_mlp
from handgrad.explain.experiments._requirement import require
from handgrad.explain.experiments._result import Result, Table
from handgrad.explain.experiments._sgd import accuracy, sgd_epoch
from handgrad.explain.experiments._trained_net import Epoch, TrainedNet
from handgrad.explain.experiments._vanishing_figure import draw_vanishing
from handgrad.explain.experiments._vanishing_words import vanishing_words
from handgrad.ops import cross_entropy


@dataclass(frozen=True)
class Vanishing:
    """Trains a network for every combination, by plain SGD, and watches the gradient of each layer.

    Args:
        depths: numbers of hidden layers.
        activations: names of nonlinear maps, of ``handgrad.nn.ACTIVATIONS``.
        initialisations: names of rules for the weights: ``xavier``, ``he``, ``normal`` (standard deviation 1).
        width: units in every hidden layer.
        epochs: how long each is trained.
        batch_size: rows in a step.
        lr: the learning rate.
        seed: of the weights and of the order of the rows, the same for every network.

    Raises:
        ValueError: a list is empty, or a value is out of its range.
    """

    depths: Sequence[int] = (2, 6, 12)
    activations: Sequence[str] = ("sigmoid", "tanh", "relu")
    initialisations: Sequence[str] = ("xavier", "he", "normal")
    width: int = 32
    epochs: int = 30
    batch_size: int = 32
    lr: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in (("activations", [*LARGEST_SLOPE]), ("initialisations", [*INITIALISATIONS])):
            self._require_list(name, ", ".join(known), set(getattr(self, name)) <= set(known))
        self._require_list("depths", "numbers of at least 1", all(depth >= 1 for depth in self.depths))
        for name in ("width", "epochs", "batch_size"):
            require(getattr(self, name) >= 1, "Vanishing", f"{name} of at least 1", getattr(self, name))
        require(0 < self.lr < float("inf"), "Vanishing", "lr above 0", self.lr)

    def _require_list(self, name: str, of: str, valid: bool) -> None:
        given = list(getattr(self, name))
        what = f"{name} to be one or more, all different, of {of}"
        require(valid and 0 < len(given) == len(set(given)), "Vanishing", what, given)

    def run(self, data: ClassData) -> Result:
        """Train all networks on ``data``, and return the numbers, the words and the figure.

        Raises:
            ValueError: a network is so deep that its loss overflows before the first step.
        """
        combinations = product(self.activations, self.initialisations, self.depths)
        nets = [self._train(*combination, data) for combination in combinations]
        return Result(
            "vanishing",
            [_summary(nets), _layers(nets), _epochs(nets)],
            vanishing_words(nets, len(data.classes)),
            lambda: draw_vanishing(nets, len(data.classes)),
        )

    def _train(self, activation: str, initialisation: str, depth: int, data: ClassData) -> TrainedNet:
        sizes = len(data.features), [self.width] * depth, len(data.classes)
        net = seeded_mlp(*sizes, activation, initialisation, self.seed)
        generator = Generator().manual_seed(self.seed)
        epochs: list[Epoch] = []
        for epoch in range(self.epochs + 1):
            if epoch:
                sgd_epoch(net, data.x_train, data.t_train, self.lr, self.batch_size, generator)
            with torch.no_grad():
                loss = cross_entropy(net(data.x_train), data.t_train).item()
            if not isfinite(loss) and not epochs:
                raise ValueError(
                    f"Vanishing: expected a finite loss before the first step, got {loss} with {depth} layers, {activation} and "
                    f"{initialisation}; use fewer layers"
                )
            if not isfinite(loss):
                return TrainedNet(activation, initialisation, depth, epochs, finite=False)
            layers = backward_factors(net, data.x_train, data.t_train)
            epochs.append(Epoch(epoch, layers, loss, accuracy(net, data.x_test, data.t_test)))
        return TrainedNet(activation, initialisation, depth, epochs, finite=True)


def _names(net: TrainedNet) -> dict[str, str | int]:
    return {"activation": net.activation, "initialisation": net.initialisation, "hidden_layers": net.depth}


def _summary(nets: Sequence[TrainedNet]) -> Table:
    return Table.of(
        "vanishing",
        [
            {
                **_names(net),
                "first_to_last_gradient_at_start": first_to_last(net.start.layers),
                "activations_factor": activations_factor(net.start.layers),
                "bound": net.bound,
                "weights_factor": weights_factor(net.start.layers),
                "train_loss": net.end.train_loss if net.finite else None,
                "test_accuracy": net.end.test_accuracy if net.finite else None,
                "ended": "finished" if net.finite else f"diverged in epoch {net.end.epoch + 1}",
            }
            for net in nets
        ],
    )


def _layers(nets: Sequence[TrainedNet]) -> Table:
    return Table.of(
        "vanishing_layers",
        [
            {
                **_names(net),
                "epoch": epoch.epoch,
                **asdict(layer),
                "bound": LARGEST_SLOPE[net.activation] ** (net.depth + 1 - layer.layer),
            }
            for net in nets
            for epoch in net.epochs
            for layer in epoch.layers
        ],
    )


def _epochs(nets: Sequence[TrainedNet]) -> Table:
    return Table.of(
        "vanishing_epochs",
        [
            {**_names(net), "epoch": epoch.epoch, "train_loss": epoch.train_loss, "test_accuracy": epoch.test_accuracy}
            for net in nets
            for epoch in net.epochs
        ],
    )

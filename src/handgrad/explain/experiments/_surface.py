"""The loss surface, the path that training took over it, and the decision boundary on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import torch
from torch import Generator, Tensor

from handgrad.explain.experiments._class_data import ClassData
from handgrad.explain.experiments._initialisation import INITIALISATIONS, seeded_mlp
from handgrad.explain.experiments._parameter_plane import ParameterPlane, parameters_of, values_along
from handgrad.explain.experiments._requirement import require
from handgrad.explain.experiments._result import Result, Table
from handgrad.explain.experiments._sgd import accuracy, sgd_epoch
from handgrad.explain.experiments._surface_figure import MOST_CLASSES, draw_surface
from handgrad.explain.experiments._surface_record import Snapshot, SurfaceRecord
from handgrad.explain.experiments._surface_words import surface_words
from handgrad.nn import ACTIVATIONS, MLP
from handgrad.ops import cross_entropy

_MARGIN = 0.25  # of the extent of what is shown, added on each side


@dataclass(frozen=True)
class Surface:
    """Trains a network on two features by plain SGD, and looks at it from two sides after every epoch.

    Args:
        features: the names of the two columns.
        hidden: sizes of the hidden layers.
        activation: name of the nonlinear map.
        initialisation: name of the rule for the weights.
        epochs: how long it is trained.
        batch_size: rows in a step.
        lr: the learning rate.
        snapshots: epochs after which the decision boundary is drawn; 0 is the start.
        grid: points along each side of the surface and of the plane of the features.
        seed: of the weights and of the order of the rows.

    Raises:
        ValueError: a value is out of its range.
    """

    features: Sequence[str] = ("alcohol", "color_intensity")
    hidden: Sequence[int] = (8,)
    activation: str = "tanh"
    initialisation: str = "xavier"
    epochs: int = 200
    batch_size: int = 16
    lr: float = 0.1
    snapshots: Sequence[int] = (0, 1, 5, 20, 60, 200)
    grid: int = 49
    seed: int = 0

    def __post_init__(self) -> None:
        features, snapshots = list(self.features), list(self.snapshots)
        require(len(features) == 2, "Surface", "two features", features)
        require(all(size >= 1 for size in self.hidden), "Surface", "hidden sizes of at least 1", list(self.hidden))
        require(self.activation in ACTIVATIONS, "Surface", f"activation of {', '.join(ACTIVATIONS)}", self.activation)
        known = ", ".join(INITIALISATIONS)
        require(self.initialisation in INITIALISATIONS, "Surface", f"initialisation of {known}", self.initialisation)
        for name, least in (("epochs", 2), ("batch_size", 1), ("grid", 2)):
            require(getattr(self, name) >= least, "Surface", f"{name} of at least {least}", getattr(self, name))
        require(0 < self.lr < inf, "Surface", "lr above 0", self.lr)
        rising = bool(snapshots) and snapshots == sorted(set(snapshots))
        within = rising and snapshots[0] >= 0 and snapshots[-1] <= self.epochs
        require(within, "Surface", f"snapshots to be rising epochs of 0 … {self.epochs}", snapshots)

    def run(self, data: ClassData) -> Result:
        """Train on the two features of ``data``, and return the numbers, the words and the figure.

        Raises:
            ValueError: a feature is unknown, there are too many classes to draw, or training diverges.
        """
        chosen = data.select(self.features)
        count = len(chosen.classes)
        require(count <= MOST_CLASSES, "Surface", f"at most {MOST_CLASSES} classes, to tell them apart", count)
        record = self._record(chosen)
        tables = [_summary(record), _path(record), _grid(record), _boundary(record)]
        return Result("surface", tables, surface_words(record), lambda: draw_surface(record))

    def _record(self, data: ClassData) -> SurfaceRecord:
        net = seeded_mlp(2, self.hidden, len(data.classes), self.activation, self.initialisation, self.seed)
        path = self._train(net, data)

        def loss() -> Tensor:
            return cross_entropy(net(data.x_train), data.t_train)

        def right() -> Tensor:
            return torch.tensor(accuracy(net, data.x_test, data.t_test), dtype=torch.float64)

        plane = ParameterPlane.of_path(path)
        coordinates = plane.coordinates(path)
        second, first = (_spread(coordinates[:, axis], self.grid) for axis in (1, 0))
        points = torch.cartesian_prod(second, first).flip(1)
        x, y = (_spread(data.x_train[:, axis], self.grid) for axis in (0, 1))
        losses = [value.item() for value in values_along(net, path, loss)]
        accuracies = [value.item() for value in values_along(net, path, right)]
        inputs = torch.cartesian_prod(y, x).flip(1)
        logits = values_along(net, path[list(self.snapshots)], lambda: net(inputs))
        return SurfaceRecord(
            data=data,
            parameters=path.shape[1],
            explained=plane.explained,
            coordinates=coordinates,
            losses=losses,
            losses_in_plane=[value.item() for value in values_along(net, plane.places(coordinates), loss)],
            accuracies=accuracies,
            first=first,
            second=second,
            surface=torch.stack(values_along(net, plane.places(points), loss)).reshape(self.grid, self.grid),
            x=x,
            y=y,
            snapshots=[
                Snapshot(epoch, losses[epoch], accuracies[epoch], outputs.reshape(self.grid, self.grid, -1))
                for epoch, outputs in zip(self.snapshots, logits, strict=True)
            ],
        )

    def _train(self, net: MLP, data: ClassData) -> Tensor:
        """Return the parameters at the start and after every epoch, shape (epochs + 1, parameters)."""
        generator = Generator().manual_seed(self.seed)
        path = [parameters_of(net)]
        for epoch in range(1, self.epochs + 1):
            sgd_epoch(net, data.x_train, data.t_train, self.lr, self.batch_size, generator)
            path.append(parameters_of(net))
            if not path[-1].isfinite().all():
                raise ValueError(f"Surface: training diverged in epoch {epoch} with lr {self.lr:g}; use a smaller lr")
        return torch.stack(path)


def _spread(values: Tensor, count: int) -> Tensor:
    """Return evenly spaced coordinates over the extent of ``values`` and a margin."""
    low, high = values.min().item(), values.max().item()
    margin = _MARGIN * ((high - low) or 1.0)
    return torch.linspace(low - margin, high + margin, count, dtype=torch.float64)


def _summary(record: SurfaceRecord) -> Table:
    return Table.of(
        "surface",
        [
            {"epoch": shot.epoch, "train_loss": shot.train_loss, "test_accuracy": shot.test_accuracy}
            for shot in record.snapshots
        ],
    )


def _path(record: SurfaceRecord) -> Table:
    return Table(
        "surface_path",
        {
            "epoch": range(len(record.losses)),
            "along_direction_1": record.coordinates[:, 0].tolist(),
            "along_direction_2": record.coordinates[:, 1].tolist(),
            "train_loss": record.losses,
            "train_loss_in_plane": record.losses_in_plane,
            "test_accuracy": record.accuracies,
        },
    )


def _grid(record: SurfaceRecord) -> Table:
    second, first = torch.meshgrid(record.second, record.first, indexing="ij")
    columns = {"along_direction_1": first, "along_direction_2": second, "train_loss": record.surface}
    return Table("surface_grid", {name: column.flatten().tolist() for name, column in columns.items()})


def _boundary(record: SurfaceRecord) -> Table:
    y, x = (column.flatten().tolist() for column in torch.meshgrid(record.y, record.x, indexing="ij"))
    predicted = {
        f"predicted_after_epoch_{shot.epoch}": [record.data.classes[index] for index in shot.logits.argmax(2).flatten()]
        for shot in record.snapshots
    }
    return Table("surface_boundary", {record.data.features[0]: x, record.data.features[1]: y, **predicted})

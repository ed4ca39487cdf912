"""The numbers of the experiment ``surface``."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from handgrad.explain.experiments._class_data import ClassData


@dataclass(frozen=True)
class Snapshot:
    """The network after some epochs.

    Attributes:
        epoch: how many.
        train_loss: mean cross entropy of the training split.
        test_accuracy: the part of the test split that it gets right.
        logits: its outputs over the plane of the two features, shape (rows of y, columns of x, classes).
    """

    epoch: int
    train_loss: float
    test_accuracy: float
    logits: Tensor


@dataclass(frozen=True)
class SurfaceRecord:
    """Everything that ``surface`` measured.

    Attributes:
        data: what was trained on: two features.
        parameters: how many the network has.
        explained: what each direction shows of the path's squared distances from its end.
        coordinates: the path in the plane, a place an epoch, shape (epochs + 1, 2).
        losses: the training loss at each place of the path.
        losses_in_plane: the training loss at the point of the plane beneath it.
        accuracies: the part of the test split that is right at each place.
        first: the grid's coordinates along the first direction, shape (columns,).
        second: along the second, shape (rows,).
        surface: the training loss over the grid, shape (rows, columns).
        x: the grid's coordinates along the first feature.
        y: along the second.
        snapshots: the network after some of the epochs.
    """

    data: ClassData
    parameters: int
    explained: tuple[float, float]
    coordinates: Tensor
    losses: list[float]
    losses_in_plane: list[float]
    accuracies: list[float]
    first: Tensor
    second: Tensor
    surface: Tensor
    x: Tensor
    y: Tensor
    snapshots: list[Snapshot]

    @property
    def largest_gap(self) -> float:
        """The largest difference of the loss on the path and in the plane beneath it."""
        pairs = zip(self.losses, self.losses_in_plane, strict=True)
        return max(abs(own - beneath) for own, beneath in pairs)

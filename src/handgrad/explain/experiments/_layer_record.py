"""The health of one layer over a run, and what to think of it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from handgrad.explain.experiments._run_log import Series


@dataclass(frozen=True)
class Limits:
    """From where on a value is a warning. Rules of thumb, no theorems.

    Attributes:
        dead: part of a layer's ReLU units.
        saturated: part of a layer's sigmoid or tanh values.
        smallest_update: of an update beside the weights; below it a layer stands still.
        largest_update: above it a layer is overwritten rather than trained.
        smallest_gradient: of a layer's gradient beside the largest layer's.
    """

    dead: float
    saturated: float
    smallest_update: float
    largest_update: float
    smallest_gradient: float


@dataclass(frozen=True)
class LayerRecord:
    """What a run logged about one layer, each a series over the epochs, empty where it does not apply.

    Attributes:
        layer: its name.
        dead: part of the ReLU units that no row switches on.
        saturated: part of the sigmoid or tanh values near an end of the range.
        updates: the epoch's last update beside the weights.
        gradients: the 2-norm of its gradient.
    """

    layer: str
    dead: Series
    saturated: Series
    updates: Series
    gradients: Series

    @property
    def median_update(self) -> float:
        """The median of the updates in the second half of the run, when the start is over."""
        values = [value for _, value in self.updates]
        return median(values[len(values) // 2 :])

    @property
    def median_gradient(self) -> float:
        """The median of its gradients over the run; 0 where none was logged."""
        return median(value for _, value in self.gradients) if self.gradients else 0.0

    def findings(self, limits: Limits, largest_gradient: float) -> list[str]:
        """Return what is not well with it; nothing for a healthy layer. A gradient of 0 is blocked, and not called vanishing.

        Args:
            limits: from where on.
            largest_gradient: the median gradient of the layer that has the largest.
        """
        found = {
            "vanishing": 0 < self.median_gradient < limits.smallest_gradient * largest_gradient,
            "dead": bool(self.dead) and self.dead[-1][1] > limits.dead,
            "saturated": bool(self.saturated) and self.saturated[-1][1] > limits.saturated,
            "stands still": self.median_update < limits.smallest_update,
            "overwritten": self.median_update > limits.largest_update,
        }
        return [name for name, holds in found.items() if holds]

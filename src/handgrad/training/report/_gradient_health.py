"""Whether the gradient reaches the first layer: by the norms that ``GradientNorms`` has logged."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from handgrad.training.report._metrics_log import Points

FAR = 1000.0
"""From this ratio of two norms on, a gradient counts as vanishing or exploding."""


@dataclass(frozen=True)
class GradientHealth:
    """The 2-norm of the gradient of each layer, in the course of a run.

    Attributes:
        norms: For each layer, from the inputs to the outputs, (place in epochs, norm).
    """

    norms: dict[str, Points]

    @property
    def first(self) -> str:
        """The name of the layer at the inputs."""
        return next(iter(self.norms))

    @property
    def last(self) -> str:
        """The name of the layer at the outputs."""
        return next(reversed(self.norms))

    @property
    def ratios(self) -> Points:
        """(place, norm of the first layer / norm of the last one), where both are positive numbers."""
        last = dict(_positive(self.norms[self.last]))
        return [(place, norm / last[place]) for place, norm in _positive(self.norms[self.first]) if place in last]

    @property
    def ratio(self) -> float | None:
        """The median of the ratios; ``None`` if there are none."""
        ratios = [ratio for _, ratio in self.ratios]
        return statistics.median(ratios) if ratios else None

    @property
    def factor(self) -> float | None:
        """What the gradient is multiplied with from one layer to the one before it: the ratio's geometric mean."""
        gaps = len(self.norms) - 1
        return self.ratio ** (1 / gaps) if self.ratio is not None and gaps else None

    @property
    def silent(self) -> list[str]:
        """The layers whose gradient was 0 whenever it was looked at in the second half of the log."""
        halves = {layer: [norm for _, norm in points[len(points) // 2 :]] for layer, points in self.norms.items()}
        return [layer for layer, norms in halves.items() if norms and not any(norms)]

    @property
    def leap(self) -> tuple[str, float, float] | None:
        """The layer whose norm rose furthest above where it began, with the place and the norm, if that is far."""
        tops = [
            (norm / points[0][1], (layer, place, norm))
            for layer, every in self.norms.items()
            if (points := _positive(every))
            for place, norm in [max(points, key=lambda point: point[1])]
        ]
        height, top = max(tops, default=(0.0, None))
        return top if height > FAR else None


def _positive(points: Points) -> Points:
    return [(place, norm) for place, norm in points if norm > 0 and math.isfinite(norm)]

"""How good every member of an ensemble is by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torchmetrics import MetricCollection


class MemberMetrics:
    """The metrics of each member over the rows of a test.

    Args:
        members: How many there are.
        make: Makes the metrics of one.
        device: Where the outputs are.
    """

    def __init__(self, members: int, make: Callable[[], MetricCollection], device: torch.device) -> None:
        self._each = [make().to(device) for _ in range(members)]

    def update(self, predicted: Iterable[Tensor], y: Tensor) -> None:
        """Take in what each member predicts for some rows, as its metrics want it, and the targets."""
        for metrics, own in zip(self._each, predicted, strict=True):
            metrics.update(own, y)

    def compute(self) -> dict[str, Tensor]:
        """Return each metric by name, on the CPU, shape (members,)."""
        each = [metrics.compute() for metrics in self._each]
        return {name: torch.stack([own[name] for own in each]).cpu() for name in each[0]}

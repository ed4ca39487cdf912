"""What a net gave for the rows of a split, beside what is true, kept until all of them are there."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics.utilities.distributed import gather_all_tensors


class JudgedRows:
    """Predictions, as metrics take them, and raw targets. No buffers: neither belongs into a checkpoint.

    Args:
        dim: Which dimension of the predictions is that of the rows.
    """

    def __init__(self, dim: int = 0) -> None:
        self._dim = dim
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._predicted: list[Tensor] = []
        self._y: list[Tensor] = []

    def add(self, predicted: Tensor, y: Tensor, rows: int) -> None:
        """Take in the first rows of some, shape (rows, …) of the predictions and (rows,) of the targets."""
        self._predicted.append(predicted.detach().narrow(self._dim, 0, rows))
        self._y.append(y[:rows])

    def gathered(self, processes: int) -> tuple[Tensor, Tensor]:
        """Return the rows of all processes, and forget them; each process has to take part, and gets the same."""
        predicted, y = torch.cat(self._predicted, self._dim), torch.cat(self._y)
        self.reset()
        if processes > 1:
            predicted, y = torch.cat(gather_all_tensors(predicted), self._dim), torch.cat(gather_all_tensors(y))
        # MPS has no float64, in which the metrics are summed.
        return (predicted.cpu(), y.cpu()) if y.device.type == "mps" else (predicted, y)

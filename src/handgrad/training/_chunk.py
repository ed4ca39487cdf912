"""Many mini-batches at once: what an engine takes in one call."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.training._split import Split


class Chunk:
    """Consecutive mini-batches of one size, as places in a split: the rows themselves are gathered when they are asked for.

    Args:
        split: Where the rows are.
        places: Which rows, shape (steps, rows of a batch).
        first: How many mini-batches of the epoch come before these.
    """

    def __init__(self, split: Split, places: Tensor, first: int) -> None:
        self.split, self.places, self.first = split, places, first

    def __len__(self) -> int:
        """The number of mini-batches: of optimizer steps."""
        return len(self.places)

    @property
    def batch_size(self) -> int:
        """The rows of each mini-batch."""
        return self.places.shape[1]

    def gather(self, start: int = 0, stop: int | None = None) -> Split:
        """Return mini-batches ``start`` to ``stop`` as tensors of the taker's own.

        Returns:
            Raw rows, shape (steps, rows of a batch, features), and targets, shape (steps, rows of a batch).
        """
        places = self.places[start:stop]
        x = self.split.x.index_select(0, places.flatten()).unflatten(0, places.shape)
        return Split(x, self.targets(start, stop))

    def write(self, out: Tensor, start: int = 0) -> None:
        """Write raw rows of the mini-batches from ``start`` on; as many as ``out``, (steps, rows of a batch, features), has."""
        places, rows = self.places[start : start + len(out)].flatten(), self.split.x
        if out.dtype == rows.dtype:
            torch.index_select(rows, 0, places, out=out.flatten(0, 1))
        else:
            out.flatten(0, 1).copy_(rows.index_select(0, places))

    def targets(self, start: int = 0, stop: int | None = None) -> Tensor:
        """Return the targets of mini-batches ``start`` to ``stop``, shape (steps, rows of a batch)."""
        places = self.places[start:stop]
        targets: Tensor = self.split.y.index_select(0, places.flatten()).unflatten(0, places.shape)
        return targets

"""Where a walk through the rows of a split stands, epoch after epoch: the order, the place in it, and both in a checkpoint."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from handgrad.training._errors import CheckpointError
from handgrad.training._split import Split


class Epochs:
    """Batches of a split in an order that only the seed and the epoch decide; a loader says how they are handed out.

    Args:
        split: The rows; they stay on the device they are on.
        global_batch: Rows of a step, of all processes.
        seed: Decides, with the epoch, the order; ``None`` leaves the rows as they are (evaluation).
    """

    batch_sampler: None = None  # Lightning reads it wherever there is a sampler

    def __init__(self, split: Split, global_batch: int, seed: int | None) -> None:
        self.split, self.seed = split, seed
        self.global_batch = global_batch
        self.epoch = 0
        self._position = 0  # batches of this epoch that were handed out
        self._resume_at = 0  # where the next iteration begins

    def __len__(self) -> int:
        """The number of batches in an epoch, the same for every process."""
        return -(-len(self.split.y) // self.global_batch)

    @property
    def sampler(self) -> Self:
        """What Lightning tells the epoch to, before each epoch: the loader itself."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Begin another epoch; the epoch that it already stands in changes nothing, so a resumed place is kept."""
        if epoch != self.epoch:
            self.epoch, self._position, self._resume_at = epoch, 0, 0

    def state_dict(self) -> dict[str, int]:
        """Return the place in the epoch, as integers."""
        return {"epoch": self.epoch, "position": self._position, "length": len(self), "batch": self.global_batch}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on at a saved place.

        Raises:
            CheckpointError: The place is amid an epoch whose batches were of another size, or of another number.
        """
        at_end = state["position"] >= state["length"]
        if not at_end and (state["length"], state["batch"]) != (len(self), self.global_batch):
            raise CheckpointError(
                f"TableLoader: expected the {state['length']} batches of {state['batch']} rows of the epoch that the "
                f"checkpoint stands in, got {len(self)} of {self.global_batch}; resume with the same data and "
                "batch size"
            )
        self.epoch = state["epoch"]
        self._position = self._resume_at = len(self) if at_end else state["position"]

    def _begin(self) -> int:
        """Return how many batches of the epoch are behind, and let the next walk begin at the start."""
        start, self._resume_at = self._resume_at, 0
        return start

    def _order(self, seed: int) -> Tensor:
        """Return which row comes when in this epoch: int64, shape (rows,)."""
        # On the CPU whatever the device of the rows is: the same seed is the same order everywhere.
        generator = torch.Generator().manual_seed((seed * 1_000_003 + self.epoch) % 2**63)
        return torch.randperm(len(self.split.y), generator=generator).to(self.split.y.device)

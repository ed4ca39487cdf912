"""A mean over the rows of an epoch, summed as the epoch goes."""

from __future__ import annotations

import torch
from torch import Tensor


class RunningMean:
    """The mean of a loss over the rows seen so far, without waiting for the device and without a logger's bookkeeping.

    Not a buffer on purpose: DDP overwrites the buffers of all processes with those of the first at every step.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._total = torch.zeros((), dtype=torch.float64)
        self._rows = 0.0

    def add(self, means: Tensor, rows: int) -> None:
        """Take in the mean over ``rows`` rows: 0-d, may carry a graph; or several, one after another, shape (means,).

        The sum is in float64 whatever their dtype is, and the same to the bit whether they come alone or together.
        """
        own = means.detach() * rows
        own = own.cpu() if own.device.type == "mps" else own  # MPS has no float64
        if means.ndim:
            self._total = torch.cat([self._total.to(own.device).reshape(1), own.double()]).cumsum(0)[-1]
        else:
            self._total = self._total + own
        self._rows += rows * means.numel()

    def state(self) -> Tensor:
        """Return the sum and the number of rows: float64, shape (2,). States of several processes may be added."""
        return torch.stack([self._total, torch.full_like(self._total, self._rows)])

    def load(self, state: Tensor) -> None:
        """Go on from a state."""
        self._total, self._rows = state[0].clone(), float(state[1])

    @staticmethod
    def mean_of(state: Tensor) -> Tensor:
        """Return the mean that a state stands for; NaN where there were no rows."""
        return (state[0] / state[1]).float()

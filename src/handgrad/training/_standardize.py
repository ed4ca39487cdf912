"""Standardisation that travels inside the model: z = (x − mean) / scale, and back."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_BLOCK = 65_536
"""Rows that are brought into float64 at a time: a table may be too large to be copied as a whole."""

_SHORT = 256
"""Columns below which a kernel's inner loop is made longer, over all rows of a batch: four columns take a sixth of the time."""


class Standardize(nn.Module):
    """Subtract a column's mean and divide by its standard deviation, both taken from the training split.

    The statistics are buffers, so they are saved, loaded and moved with the weights, and a checkpoint predicts from raw
    values. Before :meth:`fit` the mean is 0 and the scale 1: the module changes nothing.

    Args:
        columns: The number of columns.

    Attributes:
        mean: Shape (columns,).
        scale: The standard deviation (of the population, divided by N), and 1 for a constant column; shape (columns,).
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("scale", torch.ones(columns))

    @torch.no_grad()
    def fit(self, values: Tensor) -> None:
        """Take the statistics of ``values``, shape (rows, columns), summed in float64, a block of rows at a time."""
        blocks = values.split(_BLOCK)
        # Everything has its place beforehand: small results between large temporaries that come and go would leave holes in the
        # heap, each a little too small for the next temporary.
        sums = torch.empty(len(blocks), values.shape[1], dtype=torch.float64, device=values.device)
        scratch = torch.empty_like(blocks[0], dtype=torch.float64)
        for block, own in zip(blocks, sums, strict=True):
            torch.sum(scratch[: len(block)].copy_(block), dim=0, out=own)
        mean = sums.sum(dim=0) / len(values)
        for block, own in zip(blocks, sums, strict=True):
            torch.sum(scratch[: len(block)].copy_(block).sub_(mean).square_(), dim=0, out=own)
        spread = (sums.sum(dim=0) / len(values)).sqrt()
        # Rounding gives a constant column a tiny spread, which would blow the noise of new rows up: compare the values.
        constant = values.amax(dim=0) == values.amin(dim=0)
        self.mean.copy_(mean)
        self.scale.copy_(torch.where(constant | (spread == 0), torch.ones_like(spread), spread))

    def forward(self, x: Tensor) -> Tensor:
        """Return x in standard units; the last dimension holds the columns."""
        return (x - self.mean).div_(self.scale)

    def write(self, x: Tensor, out: Tensor) -> None:
        """Write batches of rows, shape (steps, rows, columns), in standard units: the bits of ``forward``."""
        mean, scale = self.mean, self.scale
        if len(mean) < _SHORT:
            x, out = x.flatten(1), out.flatten(1)
            mean, scale = (statistic.repeat(x.shape[1] // len(mean)) for statistic in (self.mean, self.scale))
        torch.sub(x, mean, out=out).div_(scale)

    def inverse(self, z: Tensor) -> Tensor:
        """Return z in the columns' own units."""
        return z * self.scale + self.mean

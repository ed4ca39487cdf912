"""Standardisation that travels inside the model: z = (x − mean) / scale, and back."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
        """Take the statistics of ``values``, shape (rows, columns), summed in float64."""
        exact = values.double()
        spread = exact.std(dim=0, correction=0)
        # Rounding gives a constant column a tiny spread, which would blow the noise of new rows up: compare the values.
        constant = exact.amax(dim=0) == exact.amin(dim=0)
        self.mean.copy_(exact.mean(dim=0))
        self.scale.copy_(torch.where(constant | (spread == 0), torch.ones_like(spread), spread))

    def forward(self, x: Tensor) -> Tensor:
        """Return x in standard units; the last dimension holds the columns."""
        return (x - self.mean) / self.scale

    def forward_(self, x: Tensor) -> Tensor:
        """Bring x into standard units in place, to the same bits, if it has the type of the statistics; return them."""
        return x.to(self.mean.dtype).sub_(self.mean).div_(self.scale)

    def inverse(self, z: Tensor) -> Tensor:
        """Return z in the columns' own units."""
        return z * self.scale + self.mean

"""How good predicted values are, from all rows at once, summed in float64."""

from __future__ import annotations

import torch
from torch import Tensor


def value_metrics(predicted: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Return RMSE and MAE in the target's own units, and R², by name, each 0-d.

    Where all targets are the same, R² is 1 if they are met, else 0. (torchmetrics' R² takes squared errors that sum to less
    than 1e-4 for none, whatever the unit: it is 1 for targets in millionths.)

    Args:
        predicted: Shape (rows,).
        y: The true values, shape (rows,).
    """
    true = y.double()
    error = predicted.double() - true
    missed, spread = error.square().sum(), (true - true.mean()).square().sum()
    r2 = torch.where(spread > 0, 1 - missed / spread, (missed == 0).double())
    values = {"mae": error.abs().mean(), "r2": r2, "rmse": error.square().mean().sqrt()}
    return {name: value.float() for name, value in values.items()}

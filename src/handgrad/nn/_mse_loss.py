"""Mean squared error as a module."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from handgrad.nn._reduced_loss import check_scalar
from handgrad.ops import Reduction, mse_loss
from handgrad.ops._mse_loss import mse_loss_vjp


class MSELoss(nn.Module):
    """Mean squared error.

    Args:
        reduction: ``"mean"``, ``"sum"``, or a book's convention by name; see ``handgrad.ops.mse_loss``.

    Raises:
        ValueError: The reduction is unknown or does not give one number.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__()
        self.reduction = reduction
        check_scalar(self, mse_loss(torch.zeros(2, 1), torch.zeros(2, 1), reduction=reduction))

    def forward(self, y: Tensor, target: Tensor) -> Tensor:
        """Return the loss, 0-d, of outputs and targets of one shape."""
        return mse_loss(y, target, reduction=self.reduction)

    def gradient(self, y: Tensor, target: Tensor, grad_loss: float = 1.0) -> Tensor:
        """Return ``∂L/∂y``, times what comes back to L, by the rule of the op; of the shape of y."""
        return mse_loss_vjp(torch.full((), grad_loss, dtype=y.dtype, device=y.device), y, target, self.reduction)

    def extra_repr(self) -> str:
        """Show the arguments in the summary."""
        return f"reduction={self.reduction!r}"

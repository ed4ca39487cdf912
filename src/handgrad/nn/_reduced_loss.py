"""What every loss module must be: one number to descend on."""

from __future__ import annotations

from torch import Tensor, nn


def check_scalar(loss: nn.Module, value: Tensor) -> None:
    """Refuse, when it is built, a reduction that leaves more than one number to descend on."""
    if value.ndim:
        raise ValueError(
            f"{type(loss).__name__}: expected a reduction to one number to train on, got {loss.reduction!r}; say 'mean'"
        )

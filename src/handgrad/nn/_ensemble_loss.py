"""The loss of an ensemble."""

from collections.abc import Callable
from typing import Any, cast

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from handgrad.nn._cross_entropy_loss import CrossEntropyLoss
from handgrad.nn._mse_loss import MSELoss
from handgrad.ops._reduction import AVERAGES


class EnsembleLoss(nn.Module):
    """The sum of the losses of the members, each beside the same targets: so each member's gradient is its own.

    Args:
        loss: the loss of one member, of its outputs and the targets: one of ours or torch's, or any function that
            ``torch.func.vmap`` can batch. For `gradient` it needs a method of that name.

    Attributes:
        loss: the loss of one member.
    """

    def __init__(self, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.loss = loss

    def forward(
        self, output: Float[Tensor, "members batch outputs"], target: Shaped[Tensor, "*batch_outputs"]
    ) -> Float[Tensor, ""]:
        """Return the sum of the members' losses, 0-d."""
        if isinstance(self.loss, CrossEntropyLoss | MSELoss):
            value: Tensor = self.loss(*_as_rows(output, target))
            return value * _shares(self.loss, len(output))
        return self.of_members(output, target).sum()

    def gradient(
        self, output: Float[Tensor, "members batch outputs"], target: Shaped[Tensor, "*batch_outputs"]
    ) -> Float[Tensor, "members batch outputs"]:
        """Return the gradient by the outputs: of each member, that of its own loss."""
        if isinstance(self.loss, CrossEntropyLoss | MSELoss):
            return self.loss.gradient(*_as_rows(output, target), _shares(self.loss, len(output))).view_as(output)
        each = cast(Any, self.loss).gradient
        grad: Tensor = torch.func.vmap(each, in_dims=(0, None))(output, target)
        return grad

    def of_members(
        self, output: Float[Tensor, "members batch outputs"], target: Shaped[Tensor, "*batch_outputs"]
    ) -> Float[Tensor, " members"]:
        """Return the loss of each member."""
        return torch.func.vmap(self.loss, in_dims=(0, None))(output, target)


def _as_rows(output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The outputs of all members one below the other, and beside each its target."""
    return output.flatten(0, 1), target.expand(len(output), *target.shape).flatten(0, 1)


def _shares(loss: CrossEntropyLoss | MSELoss, members: int) -> float:
    """The sum of the members' losses, in losses over the rows of all of them: a mean over all rows is a member's share of it."""
    return float(members) if loss.reduction in AVERAGES else 1.0

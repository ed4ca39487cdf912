"""What every engine does: one optimizer step for each batch that it is given."""

from abc import ABC, abstractmethod
from typing import Protocol

from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.optim import Optimizer

from handgrad.engine._clipping import Clipping


class Loss(Protocol):
    """A loss with its gradient by hand: `handgrad.nn.CrossEntropyLoss`, `handgrad.nn.MSELoss`, or one of yours."""

    def __call__(self, output: Tensor, target: Tensor) -> Tensor:
        """The loss, 0-d."""

    def gradient(self, output: Tensor, target: Tensor) -> Tensor:
        """``∂L/∂output``, of the shape of the output."""


class Engine(ABC):
    """Takes the steps of a training: forward, backward, update.

    Args:
        net: what learns; its parameters are changed in place.
        loss: takes the output of the net and the targets.
        optimizer: over the parameters of the net. Its hyperparameters are read anew at each `steps`, so a scheduler may change
            them in between; its state is kept where torch keeps it, so ``optimizer.state_dict()`` is what it always is.
        clipping: what bounds the gradients before each update; None for nothing.
    """

    def __init__(self, net: nn.Module, loss: Loss, optimizer: Optimizer, clipping: Clipping | None = None) -> None:
        self.net, self.loss, self.optimizer, self.clipping = net, loss, optimizer, clipping

    @abstractmethod
    def steps(
        self, x: Float[Tensor, "steps batch inputs"], target: Shaped[Tensor, "steps batch *outputs"]
    ) -> Float[Tensor, " steps"]:
        """Take one step for each batch.

        Args:
            x: what the net takes, a batch for each step.
            target: what the loss takes, a batch for each step.

        Returns:
            The loss of each batch before its step. The parameters' ``.grad`` are left undefined.
        """

    @abstractmethod
    def gradients(self, x: Float[Tensor, "batch inputs"], target: Shaped[Tensor, "*batch_outputs"]) -> Tensor:
        """Fill the parameters' ``.grad``, for any optimizer, unclipped; return the loss, 0-d. Nothing is updated."""

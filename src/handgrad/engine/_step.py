"""A step of training, recorded: its kernels, and whatever else happens once a batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from handgrad.engine._backpropagation import Learn, backpropagate
from handgrad.engine._descent import descend, folded
from handgrad.engine._engine import Loss
from handgrad.engine._program import Program
from handgrad.engine._recording import Place, Recording, Scalar, recorded
from handgrad.engine._shared_softmax import shared
from handgrad.engine._update import Update
from handgrad.nn import FullyConnected


class RecordedStep:
    """Backpropagation of one shape of a batch.

    Args:
        net: what learns.
        loss: takes the output of the net and the targets.
        optimizer: says which parameter learns at which rate.
        batch: like the batches to come; its numbers do not matter.
        folding: whether gradient descent is part of the step. Otherwise the gradients are kept.

    Attributes:
        folding: as given.
    """

    def __init__(
        self, net: FullyConnected, loss: Loss, optimizer: Optimizer, batch: tuple[Tensor, Tensor], folding: bool
    ) -> None:
        self.folding = folding
        x, target = (torch.empty(own.shape, dtype=own.dtype, device=own.device) for own in batch)
        gradients: dict[nn.Parameter, Place] = {}
        with recorded(x.device) as recording:
            learn = _descending(recording, optimizer) if folding else _keeping(recording, gradients)
            value = backpropagate(net, loss, x, target, learn)
        fed = [recording.place(own) for own in (x, target, value)]
        calls = shared(folded(recording)) if folding else recording.calls
        rates = [_rate(index) for index in range(len(optimizer.param_groups))] if folding else []
        self._program = Program(calls, recording, fed, list(gradients.values()), rates)
        self._gradients = {parameter: self._program.tensor(place) for parameter, place in gradients.items()}
        self._loss = value

    def new_losses(self, steps: int) -> Tensor:
        """Room for the loss of each step."""
        return self._loss.new_empty(steps)

    def place_gradients(self) -> None:
        """Let the parameters' ``.grad`` be the buffers that `run` fills."""
        for parameter, gradient in self._gradients.items():
            parameter.grad = gradient

    def run(self, x: Tensor, target: Tensor, losses: Tensor, update: Update | None = None) -> None:
        """Fill the gradients and ``update``, for each batch."""
        self._program.run((x.contiguous(), target.contiguous(), losses), after=update)

    def descend(self, x: Tensor, target: Tensor, losses: Tensor, optimizer: Optimizer) -> None:
        """Take a step of gradient descent for each batch."""
        rates = [-float(group["lr"]) for group in optimizer.param_groups]
        self._program.run((x.contiguous(), target.contiguous(), losses), rates)


def _rate(group: int) -> Scalar:
    """Minus the learning rate of a group."""
    return Scalar(f"minus_rate_{group}")


def _descending(recording: Recording, optimizer: Optimizer) -> Learn:
    group_of = {own: index for index, group in enumerate(optimizer.param_groups) for own in group["params"]}

    def learn(parameter: nn.Parameter, gradient: Tensor) -> None:
        if parameter in group_of:
            descend(recording, parameter, gradient, _rate(group_of[parameter]))

    return learn


def _keeping(recording: Recording, gradients: dict[nn.Parameter, Place]) -> Learn:
    def learn(parameter: nn.Parameter, gradient: Tensor) -> None:
        gradients[parameter] = recording.place(gradient)

    return learn

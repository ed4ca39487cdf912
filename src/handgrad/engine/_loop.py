"""Our own reverse loop: no tape, no accumulation, no buffer that is allocated twice."""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.optim import Optimizer

from handgrad.engine._backpropagation import backpropagate
from handgrad.engine._clipping import Clipping
from handgrad.engine._engine import Engine, Loss
from handgrad.engine._support import require_support


class LoopEngine(Engine):
    """Backpropagation by hand, for a `handgrad.nn.MLP` or an `Ensemble`, and a loss with a gradient.

    Raises:
        UnsupportedError: the net or the loss is another one; the message names the engine that can.
    """

    def __init__(self, net: nn.Module, loss: Loss, optimizer: Optimizer, clipping: Clipping | None = None) -> None:
        super().__init__(net, loss, optimizer, clipping)
        self._mlp = require_support("loop", net, loss)

    @torch.no_grad()
    def steps(
        self, x: Float[Tensor, "steps batch inputs"], target: Shaped[Tensor, "steps batch *outputs"]
    ) -> Float[Tensor, " steps"]:
        """Take one step for each batch; see `Engine.steps`."""
        return torch.stack([self._step(*batch) for batch in zip(x.unbind(), target.unbind(), strict=True)])

    @torch.no_grad()
    def gradients(self, x: Float[Tensor, "batch inputs"], target: Shaped[Tensor, "*batch_outputs"]) -> Tensor:
        """Fill the parameters' ``.grad``; see `Engine.gradients`."""
        return backpropagate(self._mlp, self.loss, x, target, _keep)

    def _step(self, x: Tensor, target: Tensor) -> Tensor:
        loss = self.gradients(x, target)
        if self.clipping is not None:
            self.clipping.clip_(self.net)
        self.optimizer.step()
        return loss


def _keep(parameter: nn.Parameter, gradient: Tensor) -> None:
    parameter.grad = gradient

"""torch's autograd runs our Functions: slower for small nets, and it can do everything that torch can."""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from handgrad.engine._engine import Engine


class TapeEngine(Engine):
    """The usual loop: ``loss.backward()``, ``optimizer.step()``. For any net, loss and optimizer."""

    def steps(
        self, x: Float[Tensor, "steps batch inputs"], target: Shaped[Tensor, "steps batch *outputs"]
    ) -> Float[Tensor, " steps"]:
        """Take one step for each batch; see `Engine.steps`."""
        return torch.stack([self._step(*batch) for batch in zip(x.unbind(), target.unbind(), strict=True)])

    def gradients(self, x: Float[Tensor, "batch inputs"], target: Shaped[Tensor, "*batch_outputs"]) -> Tensor:
        """Fill the parameters' ``.grad``; see `Engine.gradients`."""
        self.optimizer.zero_grad()
        with torch.enable_grad():
            loss = self.loss(self.net(x), target)
        loss.backward()
        return loss.detach()

    def _step(self, x: Tensor, target: Tensor) -> Tensor:
        loss = self.gradients(x, target)
        if self.clipping is not None:
            self.clipping.clip_(self.net)
        self.optimizer.step()
        return loss

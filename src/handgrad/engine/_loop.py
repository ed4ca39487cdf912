"""Our own reverse loop: no tape, no accumulation, no small buffer that is allocated twice."""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.optim import Optimizer

from handgrad.engine._clipping import Clipping
from handgrad.engine._engine import Engine, Loss
from handgrad.engine._step import RecordedStep
from handgrad.engine._support import Support
from handgrad.engine._update import Update, is_plain_descent, update_of

_MOST = 8
"""Steps that are kept: one for each shape of a batch, which are two in an epoch."""


class LoopEngine(Engine):
    """Backpropagation by hand, for a `handgrad.nn.MLP` or an `Ensemble`, and a loss with a gradient.

    A step is recorded for each shape of a batch, kernel by kernel; then the kernels run again and again on the same buffers.
    Plain gradient descent is folded into the products; otherwise the parameters' ``.grad`` are buffers of the engine.

    Raises:
        UnsupportedError: the net or the loss is another one; the message names the engine that can.
    """

    def __init__(self, net: nn.Module, loss: Loss, optimizer: Optimizer, clipping: Clipping | None = None) -> None:
        super().__init__(net, loss, optimizer, clipping)
        self._support = Support("loop", net, loss)
        self._recorded: dict[object, RecordedStep] = {}
        self._started = False

    @torch.no_grad()
    def steps(
        self, x: Float[Tensor, "steps batch inputs"], target: Shaped[Tensor, "steps batch *outputs"]
    ) -> Float[Tensor, " steps"]:
        """Take one step for each batch; see `Engine.steps`."""
        self._support.check()
        step = self._step(x, target, folding=self.clipping is None and is_plain_descent(self.optimizer))
        losses = step.new_losses(len(x))
        if step.folding:
            step.descend(x, target, losses, self.optimizer)
        else:
            step.place_gradients()
            first = 0 if self._started else 1  # before it the optimizer has no state whose tensors could be listed
            for part in (slice(0, first), slice(first, None)):
                step.run(x[part], target[part], losses[part], self._update())
        self._started = True
        vars(self.optimizer)["_opt_called"] = True  # what torch's schedulers ask for
        return losses

    @torch.no_grad()
    def gradients(self, x: Float[Tensor, "batch inputs"], target: Shaped[Tensor, "*batch_outputs"]) -> Tensor:
        """Fill the parameters' ``.grad``, buffers that the next call fills anew; see `Engine.gradients`."""
        self._support.check()
        batches = x.unsqueeze(0), target.unsqueeze(0)
        step = self._step(*batches, folding=False)
        losses = step.new_losses(1)
        step.place_gradients()
        step.run(*batches, losses)
        return losses[0]

    def _step(self, x: Tensor, target: Tensor, folding: bool) -> RecordedStep:
        """The recorded step for batches like these."""
        lie = tuple(
            own.data_ptr() for own in (*self._support.net.parameters(), *getattr(self.loss, "buffers", tuple)())
        )
        groups = tuple(tuple(map(id, group["params"])) for group in self.optimizer.param_groups)
        key = (x.shape[1:], x.dtype, target.shape[1:], target.dtype, folding, lie, groups, repr(self.loss))
        if key not in self._recorded:
            if len(self._recorded) == _MOST:
                self._recorded.clear()
            self._recorded[key] = RecordedStep(self._support.net, self.loss, self.optimizer, (x[0], target[0]), folding)
        return self._recorded[key]

    def _update(self) -> Update:
        update = update_of(self.optimizer)
        if self.clipping is None:
            return update
        clip_, net = self.clipping.clip_, self.net
        return lambda: (clip_(net), update())

"""The steps of a chunk: its rows standardised where they were gathered, then one call of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor
from torch.optim import Optimizer

from handgrad.engine import Engine
from handgrad.training._chunk import Chunk
from handgrad.training._chunk_callback import ChunkCallback, callbacks_of
from handgrad.training._pace import TrainerPace

if TYPE_CHECKING:
    from handgrad.training._task import Task


class ChunkSteps:
    """Takes the steps of one training.

    Args:
        task: What is trained; its trainer fits.
        engine: What takes the steps.

    Attributes:
        engine: The engine.
        pace: How long a chunk may be, and Lightning's counters.
    """

    def __init__(self, task: Task, engine: Engine) -> None:
        self.engine, self.pace = engine, TrainerPace(task.trainer)
        self._task = task

    def take(self, chunk: Chunk) -> Tensor:
        """Take a step for each batch, let callbacks look, and return the losses, shape (steps,)."""
        task, trainer = self._task, self._task.trainer
        watching = [callback for callback in callbacks_of(trainer) if isinstance(callback, ChunkCallback)]
        for callback in watching:
            callback.on_before_chunk(trainer, task, chunk)
        losses = self.engine.steps(*self._learnable(chunk)).detach()
        for callback in watching:
            callback.on_after_chunk(trainer, task, chunk, losses)
        _tell_schedulers(self.engine.optimizer)
        self.pace.take(len(chunk) - 1)
        return losses

    def first_gradients(self, chunk: Chunk) -> None:
        """Fill the parameters' ``.grad`` with the gradients of a chunk's first batch, unclipped."""
        x, target = self._learnable(chunk, 1)
        self.engine.gradients(x[0], target[0])

    def _learnable(self, chunk: Chunk, steps: int | None = None) -> tuple[Tensor, Tensor]:
        rows = chunk.gather(0, steps)
        return self._task.inputs.forward_(rows.x), self._task.loss_target(rows.y)


def _tell_schedulers(optimizer: Optimizer) -> None:
    """Mark the optimizer as one that has stepped; an engine need not call it, and torch's schedulers warn if nobody did."""
    vars(optimizer)["_opt_called"] = True

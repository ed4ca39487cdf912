"""The steps of a chunk: its rows standardised where they were gathered, then one call of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from handgrad.engine import Engine
from handgrad.training._chunk import Chunk
from handgrad.training._chunk_callback import ChunkCallback, callbacks_of
from handgrad.training._pace import TrainerPace

if TYPE_CHECKING:
    from handgrad.training._task import Task

_PART = 2**20
"""Bytes that are gathered and standardised at a time, so that they stay in the cache nearest to the core that is large enough."""


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
        self._x: Tensor | None = None  # where the rows of a chunk lie, one after another

    def take(self, chunk: Chunk) -> Tensor:
        """Take a step for each batch, let callbacks look, and return the losses, shape (steps,)."""
        task, trainer = self._task, self._task.trainer
        watching = [callback for callback in callbacks_of(trainer) if isinstance(callback, ChunkCallback)]
        for callback in watching:
            callback.on_before_chunk(trainer, task, chunk)
        losses = self.engine.steps(*self._learnable(chunk, len(chunk))).detach()
        for callback in watching:
            callback.on_after_chunk(trainer, task, chunk, losses)
        self.pace.take(len(chunk) - 1)
        return losses

    def first_gradients(self, chunk: Chunk) -> None:
        """Fill the parameters' ``.grad`` with the gradients of a chunk's first batch, unclipped."""
        x, target = self._learnable(chunk, 1)
        self.engine.gradients(x[0], target[0])

    def _learnable(self, chunk: Chunk, steps: int) -> tuple[Tensor, Tensor]:
        """Return the first batches as the net and the loss want them, in the place of those before."""
        inputs, shape = self._task.inputs, (chunk.batch_size, chunk.split.x.shape[1])
        if self._x is None or self._x.shape[1:] != shape or len(self._x) < steps:
            self._x = inputs.mean.new_empty((steps, *shape))
        x, first = self._x[:steps], 0
        for part in x.split(max(1, _PART // x[0].nbytes)):
            chunk.write(part, first)
            inputs.write(part, out=part)
            first += len(part)
        return x, self._task.loss_target(chunk.targets(0, steps))

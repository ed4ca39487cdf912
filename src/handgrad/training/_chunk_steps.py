"""The steps of a chunk: its rows standardised where they were gathered, then one call of an engine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from handgrad.engine import Engine
from handgrad.training._chunk import Chunk
from handgrad.training._chunk_callback import ChunkCallback, callbacks_of
from handgrad.training._pace import TrainerPace

if TYPE_CHECKING:
    from handgrad.training._task import Task

_PART = 2**20
"""Bytes that are gathered and standardised at a time, so that they stay in the cache nearest to the core that is large enough."""

_CALL = 2**24
"""Bytes of rows that an engine takes in one call: it takes far longer over them than over the call."""


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
        self.engine, self.pace = engine, TrainerPace(task.trainer, sum(own.numel() for own in task.net.parameters()))
        self._task = task
        self._x: Tensor | None = None  # where the rows of a call lie

    def take(self, chunk: Chunk) -> Tensor:
        """Take a step for each batch, let callbacks look, and return the losses, shape (steps,)."""
        task, trainer = self._task, self._task.trainer
        watching = [callback for callback in callbacks_of(trainer) if isinstance(callback, ChunkCallback)]
        for callback in watching:
            callback.on_before_chunk(trainer, task, chunk)
        losses = torch.cat([self._call(chunk, *part, watching) for part in pairwise(self._parts(chunk))])
        for callback in watching:
            callback.on_after_chunk(trainer, task, chunk, losses)
        self.pace.take(len(chunk) - 1)
        return losses

    def first_gradients(self, chunk: Chunk, start: int) -> None:
        """Fill the parameters' ``.grad`` with the gradients of a batch of a chunk, unclipped."""
        x, target = self._learnable(chunk, start, start + 1)
        self.engine.gradients(x[0], target[0])

    def _parts(self, chunk: Chunk) -> list[int]:
        """Return where the calls of the engine begin and end: few enough bytes each, the epoch's last step by itself."""
        steps = len(chunk)
        most = max(1, _CALL // (chunk.batch_size * chunk.split.x[:1].nbytes))
        return sorted({*range(0, steps, most), steps - self._task.trainer.is_last_batch, steps})

    def _call(self, chunk: Chunk, start: int, stop: int, watching: Sequence[ChunkCallback]) -> Tensor:
        for callback in watching:
            callback.on_before_steps(self._task.trainer, self._task, chunk, start, stop)
        return self.engine.steps(*self._learnable(chunk, start, stop)).detach()

    def _learnable(self, chunk: Chunk, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Return some batches as the net and the loss want them, in the place of those before."""
        inputs, shape = self._task.inputs, (stop - start, chunk.batch_size, chunk.split.x.shape[1])
        if self._x is None or len(self._x) < prod(shape):
            self._x = inputs.mean.new_empty(prod(shape))
        x = self._x[: prod(shape)].view(shape)
        for part in x.split(max(1, _PART // x[0].nbytes)):
            chunk.write(part, start)
            inputs.write(part, out=part)
            start += len(part)
        return x, self._task.loss_target(chunk.targets(stop - len(x), stop))

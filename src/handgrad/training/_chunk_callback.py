"""Callbacks that know of engines which take many steps in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lightning.pytorch import Callback, Trainer
from torch import Tensor

from handgrad.training._chunk import Chunk

if TYPE_CHECKING:
    from handgrad.training._task import Task


class ChunkCallback(Callback):
    """A callback that can also look at a chunk as a whole, before its steps and after them.

    Where an engine takes the steps, Lightning's hooks of a single step (``on_before_optimizer_step`` and the like) are not
    called, and those of a batch are called once for a chunk. A callback that uses them keeps ``engine=auto`` on the tape,
    unless it derives from this class.
    """

    def on_before_chunk(self, trainer: Trainer, task: Task, chunk: Chunk) -> None:
        """Called with the weights before the chunk; ``trainer.global_step`` is that of its first step."""

    def on_before_steps(self, trainer: Trainer, task: Task, chunk: Chunk, start: int, stop: int) -> None:
        """Called with the weights before steps ``start`` to ``stop`` of a chunk, a part of it; an epoch's last step is one.

        ``trainer.global_step`` is still that of the chunk's first step.
        """

    def on_after_chunk(self, trainer: Trainer, task: Task, chunk: Chunk, losses: Tensor) -> None:
        """Called with the weights after the chunk and the loss of each of its steps, shape (steps,).

        ``trainer.global_step`` is still that of the first step: an error here is one before the chunk.
        """


def callbacks_of(trainer: Trainer) -> list[Callback]:
    """Return the callbacks of a trainer, which Lightning does not declare."""
    return cast(list[Callback], vars(trainer)["callbacks"])

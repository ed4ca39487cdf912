"""Lightning counts a batch at a time, and a chunk is many: here its counters are kept true.

They count mini-batches and optimizer steps, on whichever engine: ``global_step``, ``max_steps``, ``limit_train_batches``, the
steps of the logs, the progress bar and the counters in a checkpoint mean what they always do. To Lightning, a chunk is its
last mini-batch, and those before it have passed already. What is touched is Lightning's own (2.6); tests look at each of it.
"""

from __future__ import annotations

from sys import maxsize

from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loops.progress import _Progress

_MOST_WORK = 2**36
"""Weights times rows of a chunk: a core takes a few seconds for the products."""


class TrainerPace:
    """The pace of a trainer.

    Args:
        trainer: Who fits.
        weights: How many the net has.
    """

    def __init__(self, trainer: Trainer, weights: int) -> None:
        self._trainer, self._weights = trainer, max(1, weights)

    def most_rows(self) -> int:
        """How many rows may be trained on before somebody may want to look: on a CPU, those of a few seconds."""
        return _MOST_WORK // self._weights if self._trainer.strategy.root_device.type == "cpu" else maxsize

    def most_steps(self) -> int:
        """How many steps may be taken before the epoch or the training ends, or a checkpoint is due."""
        trainer = self._trainer
        epoch_left = trainer.num_training_batches - trainer.fit_loop.epoch_loop.batch_progress.current.ready
        limits = [epoch_left, *(_steps_to(trainer.global_step, every) for every in _saved_every(trainer))]
        if trainer.max_steps >= 0:
            limits.append(trainer.max_steps - trainer.global_step)
        return int(min(limits))

    def hand_out(self, steps: int) -> None:
        """Let the batches before the chunk's last one have been fetched, and be ready."""
        loop = self._trainer.fit_loop
        if loop._data_fetcher is not None:
            loop._data_fetcher.fetched += steps - 1
        _advance(loop.epoch_loop.batch_progress, steps - 1, "ready")

    def take(self, steps: int) -> None:
        """Let batches have been trained on, an optimizer step for each; Lightning itself counts a chunk's last one."""
        loop = self._trainer.fit_loop.epoch_loop
        _advance(loop.batch_progress, steps, "started", "processed", "completed")
        _advance(loop.automatic_optimization.optim_progress.optimizer.step, steps, "ready", "completed")
        loop._batches_that_stepped += steps

    def leave_backward_out(self, leave_out: bool) -> None:
        """Let Lightning take no gradients of the next batch, and set none to zero: an engine does."""
        self._trainer.fit_loop._skip_backward = leave_out


def _advance(progress: _Progress, steps: int, *names: str) -> None:
    for counter in (progress.total, progress.current):
        for name in names:
            setattr(counter, name, getattr(counter, name) + steps)


def _saved_every(trainer: Trainer) -> list[int]:
    kept = [callback for callback in trainer.checkpoint_callbacks if isinstance(callback, ModelCheckpoint)]
    return [callback._every_n_train_steps for callback in kept if callback._every_n_train_steps >= 1]


def _steps_to(step: int, every: int) -> int:
    """Return how many steps there are from ``step`` to the next multiple."""
    return every - step % every

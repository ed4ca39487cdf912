"""The best and the last checkpoint, where most often they are one."""

from __future__ import annotations

from typing import Any
from weakref import proxy

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor

from handgrad.training._checkpoint_io import LATER, AtomicCheckpointIO


class BestAndLast(ModelCheckpoint):
    """Lightning's ModelCheckpoint, whose last checkpoint is the last one, which writes once for two and waits for no disk.

    Lightning leaves ``last.ckpt`` as it is in an epoch that is not among the best: to resume would go back to the best one. Here
    it is written in every epoch (or every ``every_n_epochs``).

    An epoch that is the best as yet is also the last: its state is written once, and the file gets both names. Where the
    trainer has an :class:`AtomicCheckpointIO`, a file gets its name as soon as the disk has it, while training goes on; under a
    name there always is a whole file. At the end of the fit all are there; one that could not be written ends the fit at the
    next one with a CheckpointError. Where the trainer has another plugin, this is Lightning's own.

    The parameters are those of ``lightning.pytorch.callbacks.ModelCheckpoint``.
    """

    _written: tuple[int, int, dict[str, Any]] | None = None  # step, epoch and own state in the file written last

    @property
    def state_key(self) -> str:
        """That of Lightning's own: either goes on from a checkpoint of the other."""
        return super().state_key.replace(type(self).__qualname__, ModelCheckpoint.__qualname__, 1)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save what is to be saved before validation."""
        super().on_train_epoch_end(trainer, pl_module)
        if self._should_save_on_train_epoch_end(trainer):
            self._save_last(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save what is to be saved after validation."""
        super().on_validation_end(trainer, pl_module)
        if not self._should_save_on_train_epoch_end(trainer):
            self._save_last(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Wait until the disk has everything."""
        super().on_train_end(trainer, pl_module)
        _wait(trainer)

    def _save_last(self, trainer: Trainer) -> None:
        due = self._every_n_epochs >= 1 and (trainer.current_epoch + 1) % self._every_n_epochs == 0
        if due and not self._should_skip_saving_checkpoint(trainer):  # skipped if this step is there already
            self._save_last_checkpoint(trainer, self._monitor_candidates(trainer))

    def _monitor_candidates(self, trainer: Trainer) -> dict[str, Tensor]:
        # As Lightning's, without a deep copy of each number: they are made anew each epoch.
        own = {"epoch": torch.tensor(trainer.current_epoch), "step": torch.tensor(trainer.global_step)}
        logged = trainer.callback_metrics
        return logged | own | {name: logged[name].int() for name in own if name in logged}

    def _save_topk_checkpoint(self, trainer: Trainer, monitor_candidates: dict[str, Tensor]) -> None:
        _wait(trainer)  # names are chosen by the files that are there
        super()._save_topk_checkpoint(trainer, monitor_candidates)

    def _save_checkpoint(self, trainer: Trainer, filepath: str) -> None:
        plugin = trainer.strategy.checkpoint_io
        if not isinstance(plugin, AtomicCheckpointIO):
            super()._save_checkpoint(trainer, filepath)
            return
        state = (
            trainer.global_step,
            trainer.current_epoch,
            self.state_dict() | {"best_k_models": {**self.best_k_models}},
        )
        if state == self._written:
            if trainer.is_global_zero:
                plugin.link_checkpoint(self._last_checkpoint_saved, filepath)
            trainer.strategy.barrier("BestAndLast")
        else:
            trainer.save_checkpoint(filepath, self.save_weights_only, LATER)
            self._written = state
        self._last_global_step_saved, self._last_checkpoint_saved = trainer.global_step, filepath
        for logger in trainer.loggers if trainer.is_global_zero else ():
            logger.after_save_checkpoint(proxy(self))


def _wait(trainer: Trainer) -> None:
    plugin = trainer.strategy.checkpoint_io
    if isinstance(plugin, AtomicCheckpointIO):
        plugin.wait()

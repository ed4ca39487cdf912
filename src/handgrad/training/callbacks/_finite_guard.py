"""Training stops before a NaN reaches the weights, and says where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor
from torch.optim import Optimizer

from handgrad.training._chunk import Chunk
from handgrad.training._chunk_callback import ChunkCallback
from handgrad.training._errors import NonFiniteError
from handgrad.training._task import Task
from handgrad.training.callbacks._first_non_finite import (
    Finding,
    all_finite,
    first_non_finite,
    in_gradients,
    in_weights,
)
from handgrad.training.callbacks._replay import Snapshot, replay


class FiniteGuard(ChunkCallback):
    """Raises NonFiniteError before the optimizer step whose loss or gradient is not finite.

    Where an engine takes many steps in one call, their losses and the weights after them are looked at, and if need be the
    steps are taken again, on the tape, up to the bad one. (A gradient that is not finite breaks the weights, unless it is
    clipped by value: then that is no error.)

    The batch is then sent through the task again, op by op, forward and backward, to name the layer and the op where
    the first NaN or infinity appeared. The weights are those of the last good step, and a checkpoint is never written
    with weights that are not finite, so the last good one stays.

    A mixed-precision run with a gradient scaler overflows now and then on purpose, and skips these steps by itself;
    there only the unscaled loss is looked at.
    """

    def __init__(self) -> None:
        self._batches: list[Any] = []  # since the last optimizer step: several when gradients are accumulated
        self._losses: list[Tensor] = []
        self._start: Snapshot | None = None  # before a chunk

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Keep the batch, to run it again if need be."""
        if not isinstance(batch, Chunk):
            self._batches.append(batch)

    def on_before_chunk(self, trainer: Trainer, task: Task, chunk: Chunk) -> None:
        """Keep the weights, to take the steps again if need be."""
        self._start = Snapshot(trainer.optimizers[0])

    def on_after_chunk(self, trainer: Trainer, task: Task, chunk: Chunk, losses: Tensor) -> None:
        """Look at the losses and the weights."""
        start, self._start = self._start, None
        if all_finite([losses, *task.net.parameters()]) or start is None or task.chunks is None:
            return
        step, finding = replay(task, task.chunks.engine, chunk, start)
        task.chunks.pace.take(step)
        raise _non_finite_error(trainer, finding, "The step was not taken")

    def on_before_backward(self, trainer: Trainer, pl_module: LightningModule, loss: Tensor) -> None:
        """Keep the loss, to look at it with the gradients: one wait for the device, not two."""
        if not _scales(trainer):
            self._losses.append(loss.detach())

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        """Look at the losses and gradients of the step that is about to be taken."""
        gradients = [] if _scales(trainer) else list(_gradients(optimizer))
        if not all_finite([*self._losses, *gradients]):
            raise self._error(trainer, cast(Task, pl_module))
        self._losses.clear()
        self._batches.clear()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Where gradients are scaled, look at the loss here, unscaled."""
        if _scales(trainer) and not all_finite([outputs["loss"] if isinstance(outputs, dict) else outputs]):
            self._batches = [batch]
            raise self._error(trainer, cast(Task, pl_module))

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Look at the weights before they are judged."""
        if trainer.state.fn == "fit":
            self._check_weights(trainer, pl_module)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Look at the weights before they are saved."""
        self._check_weights(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Look at the weights of the last step."""
        self._check_weights(trainer, pl_module)

    def _check_weights(self, trainer: Trainer, pl_module: LightningModule) -> None:
        finding = in_weights(pl_module)
        if finding is not None:
            raise _non_finite_error(trainer, finding, "These weights are not saved")

    def _error(self, trainer: Trainer, task: Task) -> NonFiniteError:
        batches, self._batches, self._losses = self._batches, [], []
        findings = (first_non_finite(task, batch) for batch in batches)
        finding = next(filter(None, findings), None) or in_gradients(task)
        return _non_finite_error(trainer, finding, "The step was not taken")


def _non_finite_error(trainer: Trainer, finding: Finding, done: str) -> NonFiniteError:
    epoch, step = trainer.current_epoch, trainer.global_step
    message = (
        f"training stopped in epoch {epoch}, step {step} (counted from 0): the first value that is not finite appeared "
        f"{finding}. {done}; {_last_good(trainer)}. Try a smaller learning rate, or clip the gradients "
        "(Trainer(gradient_clip_val=1.0))"
    )
    return NonFiniteError(
        message, epoch=epoch, step=step, layer=finding.layer, op=finding.op, direction=finding.direction
    )


def _last_good(trainer: Trainer) -> str:
    saved = [callback for callback in trainer.checkpoint_callbacks if isinstance(callback, ModelCheckpoint)]
    paths = [path for callback in saved for path in (callback.last_model_path, callback.best_model_path) if path]
    return f"the last good checkpoint is {paths[0]}" if paths else "no checkpoint had been written"


def _gradients(optimizer: Optimizer) -> Iterable[Tensor]:
    return (p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None)


def _scales(trainer: Trainer) -> bool:
    return getattr(trainer.precision_plugin, "scaler", None) is not None

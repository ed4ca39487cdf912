"""Whether each layer can still learn, and how fast it does: dead and saturated units, and updates beside the weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn
from torch.optim import Optimizer

from handgrad.training._chunk import Chunk
from handgrad.training._chunk_callback import ChunkCallback
from handgrad.training._steps import named_steps
from handgrad.training._task import Task
from handgrad.training.callbacks._layer_norms import layer_norms

_RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
_NEAR = 0.01  # of the range


class LayerHealth(ChunkCallback):
    """Logs three things about each layer at the end of every epoch.

    - ``dead/<layer>``: the part of its ReLU units that are 0 for every row looked at. No such row gives them a
      gradient, so they stay as they are.
    - ``saturated/<layer>``: the part of its sigmoid or tanh values that are closer to an end of the range than 1 % of
      it. The slope there is below 4 % of the largest.
    - ``update/<layer>``: how far the epoch's last step moved its parameters, as a multiple of their 2-norm before it.

    The rows are the first of the epoch, which come in another order every time, with the weights of its end. Of several
    processes the first one's rows are looked at. Nets tell their ops by ``named_steps``, or are a ``Sequential``; of
    others only the update is known.

    Args:
        rows: At most how many rows are looked at, rounded up to whole batches.

    Raises:
        ValueError: ``rows`` is below 1.
    """

    def __init__(self, rows: int = 1024) -> None:
        if rows < 1:
            raise ValueError(f"LayerHealth: expected rows of at least 1, got {rows}")
        self.rows = rows
        self._batches: list[Tensor] = []
        self._before: list[tuple[str, Tensor]] = []  # the parameters before the epoch's last step
        self._updates: dict[str, float] = {}

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forget the last epoch, which may have been cut short."""
        self._batches, self._before, self._updates = [], [], {}

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        """Keep the parameters if this is the last step of the epoch."""
        if trainer.loggers and trainer.is_last_batch:
            self._before = [(name, own.detach().clone()) for name, own in _net(pl_module).named_parameters()]

    def on_before_steps(self, trainer: Trainer, task: Task, chunk: Chunk, start: int, stop: int) -> None:
        """Keep the parameters before the last step of the epoch."""
        if stop == len(chunk):
            self.on_before_optimizer_step(trainer, task, trainer.optimizers[0])

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the rows, and after the last step see how far it went."""
        wanted = self.rows - sum(map(len, self._batches))
        if trainer.loggers and wanted > 0:
            self._batches.append(_rows(batch, wanted) if isinstance(batch, Chunk) else batch[0])
        if self._before:
            self._updates = relative_updates(self._before, _net(pl_module))
            self._before = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Look at the units, and log."""
        if not trainer.loggers:
            return
        values = {f"update/{layer}": ratio for layer, ratio in self._updates.items()}
        if isinstance(pl_module, Task) and self._batches:
            values |= unit_health(pl_module, torch.cat(self._batches))
        for logger in trainer.loggers:
            logger.log_metrics(values, trainer.global_step - 1)  # the row of the epoch's loss


def relative_updates(before: Sequence[tuple[str, Tensor]], net: nn.Module) -> dict[str, float]:
    """Return ``‖θ − θ_before‖ / ‖θ_before‖`` of each layer; 0 where there is nothing to compare with."""
    after = dict(net.named_parameters())
    moves = layer_norms((name, after[name].detach() - value) for name, value in before)
    sizes = layer_norms(before)
    return {layer: move / sizes[layer] if sizes[layer] else 0.0 for layer, move in moves.items()}


@torch.no_grad()
def unit_health(task: Task, x: Tensor) -> dict[str, float]:
    """Return ``dead/<layer>`` and ``saturated/<layer>`` of a task's net for raw rows, shape (rows, features)."""
    was_training = task.net.training
    task.net.eval()  # a dropout would draw random numbers that training is about to draw
    try:
        values: dict[str, Tensor] = {}
        hidden = task.inputs(x)
        for name, step in named_steps(task.net):
            hidden = step(hidden)
            layer, _, op = name.rpartition(" ")
            if op.casefold() == "relu":
                rows = 1 if task.members > 1 else 0  # where they begin: the members of an ensemble come first
                values[f"dead/{layer}"] = (hidden == 0).flatten(rows, -2).all(dim=-2).float().mean()
            elif op.casefold() in _RANGES:
                values[f"saturated/{layer}"] = _near_an_end(hidden, *_RANGES[op.casefold()]).float().mean()
    finally:
        task.net.train(was_training)
    return dict(zip(values, torch.stack([*values.values()]).tolist(), strict=True)) if values else {}


def _near_an_end(values: Tensor, low: float, high: float) -> Tensor:
    margin = _NEAR * (high - low)
    return (values < low + margin) | (values > high - margin)


def _rows(chunk: Chunk, least: int) -> Tensor:
    """Return so many raw rows of a chunk, rounded up to whole batches."""
    return chunk.gather(0, -(-least // chunk.batch_size)).x.flatten(0, 1)


def _net(module: LightningModule) -> nn.Module:
    net: nn.Module = getattr(module, "net", module)
    return net

"""How large the gradient of each layer is: where it vanishes (SPEC S9), this shows it."""

from __future__ import annotations

from lightning.pytorch import LightningModule, Trainer
from torch import nn
from torch.optim import Optimizer

from handgrad.training._chunk import Chunk
from handgrad.training._chunk_callback import ChunkCallback
from handgrad.training._gradient_scale import gradient_scale
from handgrad.training._task import Task
from handgrad.training.callbacks._layer_norms import layer_norms


class GradientNorms(ChunkCallback):
    """Logs the 2-norm of the gradient of each layer's parameters as ``grad/<layer>``, before any clipping.

    Args:
        every_n_steps: How often, in optimizer steps. Where an engine takes many steps in one call, those calls are not cut
            short for it: the first of their steps is looked at, if one of them is due.

    Raises:
        ValueError: ``every_n_steps`` is below 1.
    """

    def __init__(self, every_n_steps: int = 10) -> None:
        if every_n_steps < 1:
            raise ValueError(f"GradientNorms: expected every_n_steps of at least 1, got {every_n_steps}")
        self.every_n_steps = every_n_steps

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        """Log the norms if it is time."""
        if trainer.loggers and trainer.global_step % self.every_n_steps == 0:
            net, step = getattr(pl_module, "net", pl_module), trainer.global_step
            _log(trainer, net, step, gradient_scale(trainer, optimizer))

    def on_before_steps(self, trainer: Trainer, task: Task, chunk: Chunk, start: int, stop: int) -> None:
        """Log the norms if it is time for one of the steps."""
        step = trainer.global_step + start
        if trainer.loggers and -step % self.every_n_steps < stop - start and task.chunks is not None:
            task.chunks.first_gradients(chunk, start)
            _log(trainer, task.net, step)


def _log(trainer: Trainer, net: nn.Module, step: int, scale: float = 1.0) -> None:
    norms = {f"grad/{layer}": norm / scale for layer, norm in layer_gradient_norms(net).items()}
    for logger in trainer.loggers:
        logger.log_metrics(norms, step)


def layer_gradient_norms(net: nn.Module) -> dict[str, float]:
    """Return the 2-norm of the gradient of each layer: over all parameters of one module, by the module's name."""
    return layer_norms((name, own.grad) for name, own in net.named_parameters() if own.grad is not None)

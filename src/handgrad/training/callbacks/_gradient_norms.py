"""How large the gradient of each layer is: where it vanishes (SPEC S9), this shows it."""

from __future__ import annotations

from collections import defaultdict

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.optim import Optimizer


class GradientNorms(Callback):
    """Logs the 2-norm of the gradient of each layer's parameters as ``grad/<layer>``, before any clipping.

    Args:
        every_n_steps: How often, in optimizer steps.

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
            net = getattr(pl_module, "net", pl_module)
            norms = {f"grad/{layer}": norm for layer, norm in layer_gradient_norms(net).items()}
            for logger in trainer.loggers:
                logger.log_metrics(norms, trainer.global_step)


def layer_gradient_norms(net: nn.Module) -> dict[str, float]:
    """Return the 2-norm of the gradient of each layer: over all parameters of one module, by the module's name."""
    layers: dict[str, list[int]] = defaultdict(list)
    gradients: list[Tensor] = []
    for name, parameter in net.named_parameters():
        if parameter.grad is not None:
            layers[name.rpartition(".")[0] or "net"].append(len(gradients))
            gradients.append(parameter.grad)
    if not gradients:
        return {}
    # One kernel for all parameters and one copy to the host.
    squares = torch.stack(torch._foreach_norm(gradients)).double().square().tolist()
    return {layer: sum(squares[index] for index in indices) ** 0.5 for layer, indices in layers.items()}

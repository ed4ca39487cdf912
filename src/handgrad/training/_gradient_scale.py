"""What the gradients of a mixed-precision run are multiplied by, when somebody looks at them before a step."""

from __future__ import annotations

from lightning.pytorch import Trainer
from torch.optim import Optimizer


def gradient_scale(trainer: Trainer, optimizer: Optimizer) -> float:
    """The scaler's factor where the optimizer divides by it itself, as torch's fused ones do in their step; else 1."""
    scaler = getattr(trainer.precision_plugin, "scaler", None)
    if scaler is None or not getattr(optimizer, "_step_supports_amp_scaling", False):
        return 1.0
    return float(scaler.get_scale())

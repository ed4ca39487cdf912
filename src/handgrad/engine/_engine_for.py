"""Engines by name."""

from __future__ import annotations

from torch import nn
from torch.optim import Optimizer

from handgrad.engine._clipping import Clipping
from handgrad.engine._compiled import CompiledEngine
from handgrad.engine._engine import Engine, Loss
from handgrad.engine._loop import LoopEngine
from handgrad.engine._tape import TapeEngine

ENGINES: dict[str, type[Engine]] = {"tape": TapeEngine, "loop": LoopEngine, "compiled": CompiledEngine}
"""The engines by the name that `engine_for` takes."""


def engine_for(name: str, net: nn.Module, loss: Loss, optimizer: Optimizer, clipping: Clipping | None = None) -> Engine:
    """Build an engine by its name.

    Args:
        name: one of `ENGINES`.
        net: what learns.
        loss: takes the output of the net and the targets.
        optimizer: over the parameters of the net.
        clipping: what bounds the gradients before each update; None for nothing.

    Raises:
        ValueError: the name is unknown.
        UnsupportedError: the engine cannot do what is asked; the message names the one that can.
    """
    if name not in ENGINES:
        raise ValueError(f"engine_for: engine must be one of {', '.join(ENGINES)}, got {name!r}")
    return ENGINES[name](net, loss, optimizer, clipping)

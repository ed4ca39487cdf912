"""A chunk that went wrong, step by step from its start: where it broke, and the weights of the last good step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from handgrad.engine import Engine, TapeEngine
from handgrad.training._chunk import Chunk
from handgrad.training._task import Task
from handgrad.training.callbacks._first_non_finite import (
    Finding,
    all_finite,
    first_non_finite,
    in_gradients,
    in_weights,
)


class Snapshot:
    """What an optimizer's steps change: its parameters and its state.

    Args:
        optimizer: The optimizer.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer
        self._parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self._values = [parameter.detach().clone() for parameter in self._parameters]
        self._state = {parameter: _copy(state) for parameter, state in optimizer.state.items()}

    @torch.no_grad()
    def restore(self) -> None:
        """Bring everything back."""
        for parameter, value in zip(self._parameters, self._values, strict=True):
            parameter.copy_(value)
        self._optimizer.state.clear()
        self._optimizer.state.update({parameter: _copy(state) for parameter, state in self._state.items()})


def replay(task: Task, engine: Engine, chunk: Chunk, start: Snapshot) -> tuple[int, Finding]:
    """Take the steps of a chunk again, on the tape, up to the one that breaks; leave the weights of the step before it.

    Args:
        task: The task, after the chunk.
        engine: What took the steps.
        chunk: The batches.
        start: The weights before them.

    Returns:
        Which step of the chunk breaks, counted from 0, and where the first value that is not finite appears.
    """
    broken = in_weights(task)
    start.restore()
    tape = TapeEngine(engine.net, engine.loss, engine.optimizer, engine.clipping)
    for step in range(len(chunk)):
        before = Snapshot(engine.optimizer)
        finding = _step(task, tape, chunk, step)
        if finding is not None:
            before.restore()
            return step, finding
    start.restore()
    unseen = f"taking {len(chunk)} step(s) again, on the tape, did not show it"
    return 0, broken or Finding("unknown", "unknown", "backward", unseen)


def _step(task: Task, tape: TapeEngine, chunk: Chunk, step: int) -> Finding | None:
    rows = chunk.gather(step, step + 1)
    x, y = rows.x[0], rows.y[0]
    loss = tape.gradients(task.inputs(x), task.loss_target(y))
    gradients = [parameter.grad for parameter in task.net.parameters() if parameter.grad is not None]
    if not all_finite([loss, *gradients]):
        return first_non_finite(task, (x, y)) or in_gradients(task)
    if tape.clipping is not None:
        tape.clipping.clip_(task.net)
    tape.optimizer.step()
    return in_weights(task)


def _copy(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value.clone() if isinstance(value, Tensor) else value for name, value in state.items()}

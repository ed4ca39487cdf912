"""Where the first NaN or infinity of a step comes from: forward op by op, then backward from the loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from handgrad.training._task import Task


class Finding(NamedTuple):
    """The place of a first value that is not finite.

    Attributes:
        layer: The layer, e.g. ``"layers.0"``; ``"inputs"`` and ``"loss"`` are the ends.
        op: The op of the layer, e.g. ``"linear"``.
        direction: ``"forward"``, ``"backward"``, or ``"update"`` for a weight.
        what: Which value, and how much of it.
    """

    layer: str
    op: str
    direction: str
    what: str

    def __str__(self) -> str:
        return f"{self.direction} in layer {self.layer!r}, op {self.op!r}: {self.what}"


def all_finite(tensors: Sequence[Tensor]) -> bool:
    """Whether no value of any tensor is NaN or infinite: one kernel for all of them and one wait for the device."""
    filled = [tensor.detach() for tensor in tensors if tensor.numel()]
    if not filled:
        return True
    # The 2-norm takes a thirtieth of the time of the largest magnitude; where squares of finite values overflow, look closer.
    norms = torch._foreach_norm(filled)
    return bool(torch.stack([norm.float() for norm in norms]).isfinite().all()) or all(
        bool(tensor.isfinite().all()) for tensor in filled
    )


def first_non_finite(task: Task, batch: Any) -> Finding | None:
    """Send a batch through a task again and return where the first value that is not finite appears.

    Args:
        task: The task, with the weights of the step.
        batch: Raw rows and targets, ``(x, y, …)``.
    """
    x, y = batch[0], batch[1]
    if not all_finite([x]):
        return Finding("inputs", "batch", "forward", _columns(task, x))
    steps = task.named_steps()
    values = [x]
    with torch.enable_grad():
        for name, step in steps:
            values.append(step(values[-1]))
            if not all_finite([values[-1]]):
                return _forward_finding(name, step, values[-1])
        loss = task.loss_of(values[-1], y)
        if not all_finite([loss]):
            return Finding("loss", type(task.loss).__name__, "forward", f"the loss is {loss.item()}")
        return _backward(task, steps, values, loss)


def in_gradients(task: nn.Module) -> Finding:
    """Return the first layer, from the loss, whose summed gradient is not finite: by several batches or processes."""
    for name, parameter in reversed(list(task.named_parameters())):
        if parameter.grad is not None and not all_finite([parameter.grad]):
            layer = name.removeprefix("net.").rpartition(".")[0]
            return Finding(layer, "sum of gradients", "backward", f"{_count(parameter.grad)} of the gradient of {name}")
    return Finding("unknown", "unknown", "backward", "running the batch again did not show it (random ops in the net?)")


def in_weights(task: nn.Module) -> Finding | None:
    """Return the first layer whose weights are not finite, or ``None``."""
    parameters = dict(task.named_parameters())
    if all_finite(list(parameters.values())):
        return None
    name, weight = next((name, weight) for name, weight in parameters.items() if not all_finite([weight]))
    layer = name.removeprefix("net.").rpartition(".")[0]
    return Finding(layer, "optimizer step", "update", f"{_count(weight)} of {name}")


def _backward(
    task: Task, steps: Sequence[tuple[str, Callable[[Tensor], Tensor]]], values: Sequence[Tensor], loss: Tensor
) -> Finding | None:
    """Walk from the loss to the inputs: the first op whose own product is not finite though its upstream is."""
    wanted = [value for value in values if value.requires_grad]
    parameters = [parameter for parameter in task.net.parameters() if parameter.requires_grad]
    found = torch.autograd.grad(loss, [*wanted, *parameters], allow_unused=True)
    gradients = {id(tensor): gradient for tensor, gradient in zip([*wanted, *parameters], found, strict=True)}
    upstream = gradients.get(id(values[-1]))
    if upstream is not None and not all_finite([upstream]):
        what = f"{_count(upstream)} of the gradient of its input"
        return Finding("loss", type(task.loss).__name__, "backward", what)
    for (name, step), value in reversed(list(zip(steps, values[:-1], strict=True))):
        own = dict(step.named_parameters()) if isinstance(step, nn.Module) else {}
        for of, tensor in {**own, "its input": value}.items():
            gradient = gradients.get(id(tensor))
            if gradient is not None and not all_finite([gradient]):
                return Finding(*_layer_and_op(name), "backward", f"{_count(gradient)} of the gradient of {of}")
    return None


def _forward_finding(name: str, step: Callable[[Tensor], Tensor], value: Tensor) -> Finding:
    what = f"{_count(value)} of its output"
    if isinstance(step, nn.Module) and not all_finite(list(step.parameters())):
        what += ", from weights that are not finite"
    return Finding(*_layer_and_op(name), "forward", what)


def _layer_and_op(name: str) -> tuple[str, str]:
    layer, _, op = name.partition(" ")
    return layer, op or layer


def _columns(task: Task, x: Tensor) -> str:
    bad = ~x.isfinite()
    rows = dict(zip(task.features, bad.sum(dim=0).tolist(), strict=True))
    return ", ".join(f"column {name!r} has {count} of {len(x)} rows" for name, count in rows.items() if count)


def _count(tensor: Tensor) -> str:
    kind = "NaN" if tensor.isnan().any() else "inf"
    return f"{kind} in {int((~tensor.isfinite()).sum())} of {tensor.numel()} values"

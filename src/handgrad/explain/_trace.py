"""Trace a net: run it forward and back, and write down every number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from handgrad.explain._ledger import Ledger
from handgrad.explain._loss_step import write_loss
from handgrad.explain._net_steps import NetSteps
from handgrad.explain._record import Labels, Trace
from handgrad.explain._run import run, run_loss
from handgrad.explain._steps import Loss, Op, Steps, loss_of, steps_of


def trace(
    net: Steps | nn.Sequential | Sequence[tuple[str, Op]],
    loss: Loss,
    x: Tensor,
    target: Tensor,
    *,
    learning_rate: float | None = None,
    columns: Sequence[str] = (),
    classes: Sequence[str] = (),
    target_name: str = "",
    sample: str = "",
) -> Trace:
    """Run ``net`` and ``loss`` forward and back on ``x``, and write down every number.

    The numbers are those of the run: values as the ops gave them, gradients as torch's tape and the rules of the ops gave them.
    The net, its gradients, its mode and the random numbers are left as they were.

    Args:
        net: an MLP, an object with ``named_steps()``, a ``torch.nn.Sequential``, or a list of ``(name, op)``, where an op is one of
            `handgrad.ops`, a ``partial`` of it, or a `handgrad.nn.Linear`.
        loss: takes the output and the target; one of the losses of `handgrad.ops`, a ``partial`` of it or a module around it.
        x: one sample, shape ``(features,)``, or a batch, shape ``(rows, features)``.
        target: what the loss takes beside the output: values of the shape of the output, or class indices.
        learning_rate: η of one step of gradient descent; None for no step.
        columns: the names of the inputs.
        classes: the names of the outputs.
        target_name: the name of the target.
        sample: which row of which table this is.

    Returns:
        The record.

    Raises:
        TypeError: the net is not a sequence of ops.
        ValueError: a step has no page, shapes do not fit, the loss gives more than one number, a name is missing, or the learning
            rate is not a finite number of at least 0.
    """
    _check(x, learning_rate)
    ledger = Ledger(batched=x.dim() == 2)
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(x.device.type, enabled=False):
        ran = run(steps_of(net), x.detach().clone().requires_grad_())
        labels = Labels(tuple(columns), tuple(classes), target_name, sample)
        _check_labels(labels, x.shape[-1], ran[-1].output.shape[-1])
        net_steps = NetSteps(ledger, ran)
        net_steps.write_values()
        loss_step, grad_y = write_loss(ledger, run_loss(loss_of(loss), ran[-1].output, target.detach().clone()))
        steps = (*net_steps.write_gradients(grad_y), loss_step)
        updates = () if learning_rate is None else net_steps.write_updates(learning_rate)
    batch = x.shape[0] if ledger.batched else None
    return Trace(ledger.tensors, steps, updates, learning_rate, batch, labels=labels)


def _check(x: Tensor, learning_rate: float | None) -> None:
    if x.dim() not in (1, 2) or not x.numel() or not x.is_floating_point():
        raise ValueError(
            "trace: x must be floating-point numbers of shape (features,) or (rows, features), "
            f"got {x.dtype} of shape {tuple(x.shape)}"
        )
    if learning_rate is not None and not (math.isfinite(learning_rate) and learning_rate >= 0):
        raise ValueError(f"trace: learning_rate must be a finite number of at least 0, got {learning_rate}")


def _check_labels(labels: Labels, features: int, outputs: int) -> None:
    for who, given, size in (("columns", labels.columns, features), ("classes", labels.classes, outputs)):
        if given and len(given) != size:
            raise ValueError(f"trace: expected {size} names of {who}, got {len(given)}")

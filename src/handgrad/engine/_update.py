"""The optimizer's step without the optimizer's questions.

``optimizer.step()`` asks, groups and checks for tens of microseconds before it calls one kernel. For SGD, Adam and AdamW as torch
defines them the kernel is called directly here, the fused one, on the state where the optimizer keeps it. Any other optimizer, or
one with hooks or options that the kernels do not have, is asked to step by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer

Update = Callable[[], Any]


def update_of(optimizer: Optimizer) -> Update:
    """The step to take once every parameter has its ``.grad``, which stays the same tensor from step to step."""
    if not _known(optimizer) or not all(_has_state(optimizer, own) for own in _parameters(optimizer)):
        return optimizer.step  # the first step of all makes the state, in torch's own form
    kernel = _sgd if type(optimizer) is SGD else _adam
    return partial(_each, [kernel(group, optimizer.state) for group in optimizer.param_groups if group["params"]])


def is_plain_descent(optimizer: Optimizer) -> bool:
    """Whether a step is ``θ ← θ − lr · θ̄`` and nothing else."""
    return (
        type(optimizer) is SGD
        and _known(optimizer)
        and not any(group["momentum"] or group["weight_decay"] for group in optimizer.param_groups)
    )


def _known(optimizer: Optimizer) -> bool:
    return (
        type(optimizer) in (SGD, Adam, AdamW)
        and not (optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks)
        and not any(
            group["maximize"]
            or group["differentiable"]
            or group.get("capturable")
            or group["foreach"]
            or group["fused"] is False
            or isinstance(group["lr"], Tensor)
            for group in optimizer.param_groups
        )
    )


def _has_state(optimizer: Optimizer, parameter: Tensor) -> bool:
    """Whether what the kernel asks for is there, and on the device of the parameter.

    The count of Adam's steps lies on the CPU, wherever the parameter is, unless the optimizer was asked to be fused.
    """
    if type(optimizer) is SGD and not any(group["momentum"] for group in optimizer.param_groups):
        return True
    kept = optimizer.state.get(parameter)
    return kept is not None and kept.get("step", parameter).device == parameter.device


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _each(updates: list[Update]) -> None:
    for update in updates:
        update()


def _sgd(group: dict[str, Any], state: dict[Tensor, Any]) -> Update:
    parameters = group["params"]
    buffers = [state[own]["momentum_buffer"] for own in parameters] if group["momentum"] else []
    options = {name: group[name] for name in ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize")}
    gradients = [own.grad for own in parameters]
    return partial(torch._fused_sgd_, parameters, gradients, buffers, is_first_step=False, **options)


def _adam(group: dict[str, Any], state: dict[Tensor, Any]) -> Update:
    parameters = group["params"]
    moments = [[state[own][name] for own in parameters] for name in ("exp_avg", "exp_avg_sq")]
    largest = [state[own]["max_exp_avg_sq"] for own in parameters] if group["amsgrad"] else []
    counts = [state[own]["step"] for own in parameters]
    options = {name: group[name] for name in ("lr", "weight_decay", "eps", "amsgrad", "maximize")}
    kernel = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
    beta1, beta2 = group["betas"]
    gradients = [own.grad for own in parameters]
    count = partial(torch._foreach_add_, counts, 1)
    step = partial(kernel, parameters, gradients, *moments, largest, counts, beta1=beta1, beta2=beta2, **options)
    return partial(_each, [count, step])

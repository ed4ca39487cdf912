"""What learns, and how, in words."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from lightning.pytorch import Trainer
from torch import nn
from torch.optim import Optimizer

from handgrad.nn import Ensemble, FullyConnected
from handgrad.training._table_data import TableDataModule
from handgrad.training._task import Task
from handgrad.training.report._record import LayerRecord, LearningRecord


def learning_record(trainer: Trainer, task: Task, data: TableDataModule | None) -> LearningRecord:
    """Return the net of a task, and how a trainer trains it."""
    settings = {
        "Loss": repr(task.loss) if isinstance(task.loss, nn.Module) else _name(task.loss),
        **_optimization(task),
        **({"Engine": str(task.engine_choice)} if task.engine_choice is not None else {}),
        **({"Batch": _batch(trainer, data)} if data is not None else {}),
        "Length": _length(trainer),
        "Gradient clipping": _clipping(trainer),
        "Precision": str(trainer.precision),
        "Device": f"{trainer.strategy.root_device}, {trainer.world_size} process{'es' if trainer.world_size > 1 else ''}",
    }
    return LearningRecord(_net(task.net), _layers(task.net), settings)


def _net(net: nn.Module) -> str:
    if not isinstance(net, FullyConnected):
        return type(net).__name__
    runs = ((size, len(list(same))) for size, same in groupby(net.hidden))
    hidden = [f"{size}" if times == 1 else f"{times} × {size}" for size, times in runs]
    sizes = " → ".join([str(net.in_features), *hidden, str(net.out_features)])
    kind = f"ensemble of {net.members} MLPs" if isinstance(net, Ensemble) else "MLP"
    return f"{kind} {sizes}" + (f", {net.activation}" if net.hidden else "")


def _layers(net: nn.Module) -> list[LayerRecord]:
    layers = []
    for name, module in net.named_modules():
        own = dict(module.named_parameters(recurse=False))
        if own:
            shapes = {key: tuple(parameter.shape) for key, parameter in own.items()}
            count = sum(parameter.numel() for parameter in own.values())
            layers.append(LayerRecord(name or "net", type(module).__name__, shapes, count))
    return layers


def _optimization(task: Task) -> dict[str, str]:
    """Describe fresh ones: those of the trainer have moved on, and after a run in other processes there are none."""
    configured = task.configure_optimizers()
    if isinstance(configured, Optimizer):
        return {"Optimizer": _optimizer(configured), "Learning rate": "constant"}
    scheduler = configured["lr_scheduler"]["scheduler"]
    return {"Optimizer": _optimizer(configured["optimizer"]), "Learning rate": _call(scheduler, vars(scheduler))}


def _optimizer(optimizer: Optimizer) -> str:
    return _call(optimizer, optimizer.defaults)


def _call(made: Any, values: Mapping[str, Any]) -> str:
    """Write an object as the call that makes it, of the values that are not left out, off or 0."""
    parameters = inspect.signature(type(made)).parameters
    given = {name: values[name] for name in parameters if values.get(name) not in (None, False, 0)}
    said = {name: value for name, value in given.items() if isinstance(value, bool | int | float | str | tuple)}
    return f"{type(made).__name__}({', '.join(f'{name}={value!r}' for name, value in said.items())})"


def _batch(trainer: Trainer, data: TableDataModule) -> str:
    times = f" × {trainer.world_size} processes" if trainer.world_size > 1 else ""
    steps = trainer.accumulate_grad_batches
    return f"{data.batch_size} rows{times}" + (f", {steps} batches a step" if steps > 1 else "")


def _length(trainer: Trainer) -> str:
    epochs = "until stopped" if trainer.max_epochs in (None, -1) else f"at most {trainer.max_epochs} epochs"
    return epochs if trainer.max_steps == -1 else f"{epochs}, at most {trainer.max_steps} steps"


def _clipping(trainer: Trainer) -> str:
    if not trainer.gradient_clip_val:
        return "none"
    return f"{trainer.gradient_clip_algorithm or 'norm'} at {trainer.gradient_clip_val:g}"


def _name(function: Any) -> str:
    return str(getattr(function, "__qualname__", type(function).__name__))

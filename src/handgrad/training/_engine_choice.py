"""Which engine takes the steps of a training, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import Checkpoint, EarlyStopping, LearningRateMonitor, ProgressBar, Timer
from lightning.pytorch.strategies import SingleDeviceStrategy
from torch import nn
from torch.optim import Optimizer

from handgrad.engine import ENGINES, Clipping, Engine, Loss, UnsupportedError, engine_for
from handgrad.training._chunk_callback import ChunkCallback, callbacks_of
from handgrad.training._table_data import TableDataModule

if TYPE_CHECKING:
    from handgrad.training._task import Task

EngineFactory = Callable[[nn.Module, Loss, Optimizer, Clipping | None], Engine]

AUTO, TAPE = "auto", "tape"
FASTEST = "loop"
"""The engine that ``auto`` takes where it can."""
ENGINE_NAMES = tuple(dict.fromkeys((AUTO, TAPE, *ENGINES)))

_PRECISIONS = ("32-true", "64-true")
STEP_HOOKS = ("on_before_zero_grad", "on_before_backward", "on_after_backward", "on_before_optimizer_step")
_BATCH_HOOKS = ("on_train_batch_start", "on_train_batch_end")
_ONCE_A_CHUNK = (ChunkCallback, Checkpoint, EarlyStopping, LearningRateMonitor, ProgressBar, Timer)


class EngineChoice(NamedTuple):
    """What was chosen.

    Attributes:
        name: The name of the engine.
        reason: Why, in words.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def check_engine(who: str, engine: str | EngineFactory) -> None:
    """Raise ValueError for a name that no engine has."""
    if isinstance(engine, str) and engine not in ENGINE_NAMES:
        raise ValueError(f"{who}: expected engine to be one of {', '.join(ENGINE_NAMES)}, or a factory, got {engine!r}")


def choose_engine(asked: str | EngineFactory, task: Task, trainer: Trainer) -> tuple[EngineChoice, Engine | None]:
    """Build the engine that was asked for, as soon as there is an optimizer; ``None`` where Lightning steps on the tape.

    Args:
        asked: A name, ``"auto"`` for the fastest that can do what is asked for, or what builds an engine.
        task: What is trained.
        trainer: How.

    Raises:
        UnsupportedError: The engine cannot do what is asked for; the message says why, and names the one that can.
    """
    if asked == TAPE:
        return EngineChoice(TAPE, "as asked for"), None
    name = FASTEST if asked == AUTO else asked if isinstance(asked, str) else getattr(asked, "__name__", repr(asked))
    try:
        reason = next(_obstacles(task, trainer), None)
        if reason is not None:
            raise UnsupportedError(f"engine={name}: expected {reason}; use engine=tape, which can")
        engine = _built(name if isinstance(asked, str) else asked, task, trainer)
    except UnsupportedError as error:
        if asked != AUTO:
            raise
        return EngineChoice(TAPE, str(error).partition("; use ")[0]), None
    return EngineChoice(name, "the fastest that can do this" if asked == AUTO else "as asked for"), engine


def _built(engine: str | EngineFactory, task: Task, trainer: Trainer) -> Engine:
    limit = trainer.gradient_clip_val
    clipping = (
        Clipping(float(limit), "value" if trainer.gradient_clip_algorithm == "value" else "norm") if limit else None
    )
    (optimizer,) = trainer.optimizers
    loss = cast(Loss, task.objective)  # an engine looks for itself whether it has a gradient
    if isinstance(engine, str):
        return engine_for(engine, task.net, loss, optimizer, clipping)
    return engine(task.net, loss, optimizer, clipping)


def _obstacles(task: Task, trainer: Trainer) -> Iterator[str]:
    """Yield what only Lightning's own steps on the tape can do."""
    data = getattr(trainer, "datamodule", None)
    if not isinstance(data, TableDataModule) or type(data).train_dataloader is not TableDataModule.train_dataloader:
        yield f"the batches of a TableDataModule, whose rows lie in memory, got those of {type(data).__name__}"
    if not isinstance(trainer.strategy, SingleDeviceStrategy):
        yield f"one process and device, got {type(trainer.strategy).__name__} with {trainer.world_size} process(es)"
    if trainer.precision not in _PRECISIONS:
        yield f"precision {' or '.join(_PRECISIONS)}, got {trainer.precision}"
    if trainer._detect_anomaly:
        yield "detect_anomaly=False, since it has no tape to look at, got True"
    if trainer.accumulate_grad_batches > 1:
        yield f"accumulate_grad_batches=1, got {trainer.accumulate_grad_batches}"
    if trainer.val_check_interval != 1.0:
        yield f"validation between epochs, got val_check_interval={trainer.val_check_interval}"
    for callback in callbacks_of(trainer):
        hooks = [] if isinstance(callback, _ONCE_A_CHUNK) else overridden(callback, Callback, STEP_HOOKS + _BATCH_HOOKS)
        if hooks:
            yield f"callbacks that look at whole chunks, got {type(callback).__name__} with {hooks[0]}"
    own = task.own_step_hooks()
    if own:
        yield f"the steps that every task takes, got a {own[0]} of {type(task).__name__}'s own"


def overridden(thing: object, kind: type, hooks: Iterable[str]) -> list[str]:
    """Return which hooks of a kind something has of its own, by its class or set on it."""
    return [hook for hook in hooks if hook in vars(thing) or getattr(type(thing), hook) is not getattr(kind, hook)]

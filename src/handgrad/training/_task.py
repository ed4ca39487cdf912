"""How the classifier and the regressor learn, under Lightning's Trainer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from handgrad.engine import Clipping, apply_rates
from handgrad.nn import Ensemble
from handgrad.training._chunk import Chunk
from handgrad.training._chunk_steps import ChunkSteps
from handgrad.training._engine_choice import (
    STEP_HOOKS,
    EngineChoice,
    EngineFactory,
    check_engine,
    choose_engine,
    overridden,
)
from handgrad.training._epoch_log import log_epoch
from handgrad.training._errors import DataError
from handgrad.training._gradient_scale import gradient_scale
from handgrad.training._judged_model import JudgedModel
from handgrad.training._row_model import Loss
from handgrad.training._table_data import TableDataModule
from handgrad.training._task_record import RECORD, RECORD_FORMAT, same_task

OptimizerFactory = Callable[[Iterable[nn.Parameter]], Optimizer]
SchedulerFactory = Callable[[Optimizer], LRScheduler | ReduceLROnPlateau]

_STEP = ("forward", "loss_of", "training_step", "optimizer_step", "configure_gradient_clipping")


class Task(JudgedModel):
    """A net, its loss and its metrics, from raw rows to what they mean.

    A training step logs nothing: the loss is summed as a tensor and logged once an epoch, which keeps a step of a small
    net several times cheaper than ``self.log`` in each would.

    Args:
        net: Takes standardised features, shape (rows, features), and gives (rows, outputs).
        features: The names of the feature columns.
        target: The name of the target column.
        outputs: How many outputs the net must have.
        loss: Takes outputs and targets, gives a 0-d tensor.
        optimizer: Takes the parameters of the net; ``None`` is Adam with a learning rate of 1e-2.
        scheduler: Takes the optimizer; stepped once an epoch, ReduceLROnPlateau by ``val/loss``. ``None``: constant.
        engine: Who takes the steps: the name of one of ``handgrad.engine.ENGINES``, what builds one, or ``"auto"``, the
            fastest that can do what the net, the loss and the trainer ask for. ``"tape"`` is Lightning's usual loop, a step
            for each batch. The others take many steps in one call, from the rows of a :class:`TableDataModule`; Lightning
            counts each, and calls its hooks of a batch once for all of them.

    Attributes:
        engine_choice: Which engine takes the steps, and why; ``None`` before the first fit.

    Raises:
        ValueError: The net does not fit the features or the outputs, the loss is one of another task, or the engine is
            unknown.
        UnsupportedError: From ``Trainer.fit``: the engine cannot do what is asked for; the message names the one that can.
    """

    def __init__(
        self,
        net: nn.Module,
        features: Sequence[str],
        target: str,
        outputs: int,
        loss: Loss,
        optimizer: OptimizerFactory | None,
        scheduler: SchedulerFactory | None,
        engine: str | EngineFactory,
    ) -> None:
        check_engine(type(self).__name__, engine)
        super().__init__(net, features, target, outputs, loss)
        self.engine_choice: EngineChoice | None = None
        self._engine = engine
        self._optimizer = optimizer or partial(Adam, lr=1e-2, fused=True)
        self._scheduler = scheduler
        self._chunks: ChunkSteps | None = None

    @property
    def chunks(self) -> ChunkSteps | None:
        """What takes the steps of chunks while an engine trains; ``None`` where a batch is a step."""
        return self._chunks

    def own_step_hooks(self) -> list[str]:
        """Return which parts of a step a subclass takes another way: no engine would."""
        return overridden(self, Task, (*STEP_HOOKS, *_STEP))

    # Lightning's hooks ---------------------------------------------------------------------------------------------

    def setup(self, stage: str) -> None:
        """Check the data against the task, and before training take the statistics of the training split."""
        data = getattr(self.trainer, "datamodule", None)
        if not isinstance(data, TableDataModule):
            return
        self._check_data(data)
        if stage == "fit":
            self.fit_statistics(data.train)
        else:
            self.fit_loss(data.train)

    def configure_optimizers(self) -> Any:
        """Build the optimizer and the scheduler."""
        optimizer = self._optimizer(self.net.parameters())
        if isinstance(self.net, Ensemble) and self.net.rates is not None:
            apply_rates(optimizer, self.net)
        if self._scheduler is None:
            return optimizer
        scheduler = {"scheduler": self._scheduler(optimizer), "interval": "epoch", "monitor": "val/loss"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}

    def on_fit_start(self) -> None:
        """Choose the engine, now that there is an optimizer."""
        self.engine_choice, engine = choose_engine(self._engine, self, self.trainer)
        self._chunks = None if engine is None else ChunkSteps(self, engine)

    def teardown(self, stage: str) -> None:
        """Let the engine go, with its buffers."""
        self._chunks = None

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Leave the gradients of a chunk to the engine."""
        if isinstance(batch, Chunk) and self._chunks is not None:
            self._chunks.pace.leave_backward_out(True)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return the loss of a batch; ``batch`` is a :class:`Batch`, any (x, y), or a chunk: then that of its last one."""
        if isinstance(batch, Chunk) and self._chunks is not None:
            return self._take(batch, self._chunks)
        batch = self._batch(batch)
        if batch_idx == 0:  # not in on_train_epoch_start, which Lightning leaves out in the first epoch after a resume
            self._means["train"].reset()
        loss = self.loss_of(self(batch.x), batch.y)
        self._means["train"].add(loss / self.members, batch.rows)
        return loss if batch.share == 1 else loss * batch.share

    def optimizer_step(
        self, epoch: int, batch_idx: int, optimizer: Any, optimizer_closure: Callable[[], Any] | None = None
    ) -> None:
        """Take the step; those of a chunk are taken by :meth:`training_step`, which the closure calls."""
        if self._chunks is not None and optimizer_closure is not None:
            optimizer_closure()
        else:
            super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)

    def configure_gradient_clipping(
        self, optimizer: Optimizer, gradient_clip_val: float | None = None, gradient_clip_algorithm: str | None = None
    ) -> None:
        """Clip the gradients; by norm, those of each member of an ensemble by themselves."""
        if isinstance(self.net, Ensemble) and gradient_clip_val and gradient_clip_algorithm != "value":
            Clipping(float(gradient_clip_val) * gradient_scale(self.trainer, optimizer)).clip_(self.net)
        else:
            super().configure_gradient_clipping(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def on_train_epoch_end(self) -> None:
        """Log the mean training loss of the epoch."""
        log_epoch(self, {"train/loss": self._mean("train")}, ("train/loss",))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what rebuilds the task, and how far the mean of the epoch has come."""
        # Every process takes part here, but only the first one's checkpoint is written; each will go on from its share.
        mean = self._summed("train").cpu() / self.trainer.world_size
        checkpoint[RECORD] = {"format": RECORD_FORMAT, **self.record(), "train_loss": mean}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Refuse a checkpoint of another task; when training is resumed, go on with the mean of the epoch."""
        saved = same_task(type(self).__name__, checkpoint, self.record())
        if self._trainer is not None and self.trainer.state.fn == TrainerFn.FITTING:
            self._means["train"].load(saved["train_loss"])

    # Parts ---------------------------------------------------------------------------------------------------------

    def _take(self, chunk: Chunk, steps: ChunkSteps) -> Tensor:
        steps.pace.leave_backward_out(False)
        if chunk.first == 0:
            self._means["train"].reset()
        losses = steps.take(chunk)
        self._means["train"].add(losses / self.members, chunk.batch_size)
        return losses[-1]

    def _check_data(self, data: TableDataModule) -> None:
        for name in ("features", "target", "classes"):
            own, given = getattr(self, name), getattr(data, name)
            if own != given:
                raise DataError(f"{type(self).__name__}: expected data with the {name} {own!r}, got {given!r}")
        for name, split in (("training", data.train), ("validation", data.validation), ("test", data.test)):
            self.check_targets(split, f"{name} split")
        self._checked = True

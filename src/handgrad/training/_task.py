"""What the classifier and the regressor share: everything but the meaning of the output."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, cast

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torchmetrics import MetricCollection

from handgrad.training._errors import DataError
from handgrad.training._loader import Batch
from handgrad.training._net_check import check_net
from handgrad.training._net_record import net_record
from handgrad.training._prediction import Prediction
from handgrad.training._running_mean import RunningMean
from handgrad.training._split import Split
from handgrad.training._standardize import Standardize
from handgrad.training._steps import Step, named_steps
from handgrad.training._table import check_finite
from handgrad.training._table_data import TableDataModule
from handgrad.training._task_record import RECORD, RECORD_FORMAT, same_task

Loss = Callable[[Tensor, Tensor], Tensor]
OptimizerFactory = Callable[[Iterable[nn.Parameter]], Optimizer]
SchedulerFactory = Callable[[Optimizer], LRScheduler | ReduceLROnPlateau]


class Task(LightningModule, ABC):
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

    Attributes:
        net: The net.
        inputs: The standardisation of the features, by the training split.
        classes: The names of the classes; ``None`` for a regression.

    Raises:
        ValueError: The net does not fit the features or the outputs, or the loss is one of another task.
    """

    kind: str  # "classifier" or "regressor": the name in a checkpoint
    unfit_losses: tuple[type[nn.Module], ...] = ()  # would broadcast the targets to something else, silently
    fit_loss_name: str
    headline: str  # the metric that the progress bar shows beside the loss
    classes: list[str] | None = None

    def __init__(
        self,
        net: nn.Module,
        features: Sequence[str],
        target: str,
        outputs: int,
        loss: Loss,
        optimizer: OptimizerFactory | None,
        scheduler: SchedulerFactory | None,
    ) -> None:
        super().__init__()
        self.net, self.loss = net, loss
        self.features, self.target = list(features), target
        self.inputs = Standardize(len(self.features))
        self.metrics = nn.ModuleDict({"val": self._metrics(), "test": self._metrics()})
        self._optimizer = optimizer or partial(Adam, lr=1e-2)
        self._scheduler = scheduler
        self._means = {"train": RunningMean(), "val": RunningMean(), "test": RunningMean()}
        if isinstance(loss, self.unfit_losses):
            raise ValueError(
                f"{type(self).__name__}: expected {self.fit_loss_name} or the like, got {type(loss).__name__}"
            )
        self._checked = False  # whether the targets of the data module were looked at as a whole
        check_net(type(self).__name__, net, len(self.features), outputs)

    # What a subclass says ------------------------------------------------------------------------------------------

    @abstractmethod
    def _metrics(self) -> MetricCollection:
        """Return fresh metrics of a split."""

    @abstractmethod
    def _loss_target(self, y: Tensor) -> Tensor:
        """Return the targets as the loss wants them beside the outputs of the net."""

    @abstractmethod
    def _metric_input(self, output: Tensor) -> Tensor:
        """Return the outputs of the net as the metrics want them beside the raw targets."""

    @abstractmethod
    def check_targets(self, split: Split, name: str) -> None:
        """Raise DataError unless the targets have the shape, type and range of the task."""

    @abstractmethod
    def _predict(self, output: Tensor) -> Prediction:
        """Return what the outputs of the net mean."""

    @property
    def metric_names(self) -> list[str]:
        """The names that are logged with ``val/`` and ``test/`` before them."""
        return ["loss", *self._metric("test")]

    def fit_statistics(self, train: Split) -> None:
        """Take from the training split what the task has to know of it, above all the standardisation."""
        self.inputs.fit(train.x)
        self.fit_loss(train)

    def fit_loss(self, train: Split) -> None:
        """Take from the training split what the loss has to know of it, and a checkpoint does not hold: nothing here."""

    def record(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain containers."""
        return {"task": self.kind, "net": net_record(self.net), "features": self.features, "target": self.target}

    # Raw rows to numbers -------------------------------------------------------------------------------------------

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the net for raw rows, shape (rows, outputs)."""
        output: Tensor = self.net(self.inputs(x))
        return output

    def named_steps(self) -> list[Step]:
        """Return the ops of :meth:`forward` by name, in order of execution."""
        return [("inputs standardize", self.inputs), *named_steps(self.net)]

    def loss_of(self, output: Tensor, y: Tensor) -> Tensor:
        """Return the loss of outputs beside raw targets, 0-d."""
        return self.loss(output, self._loss_target(y))

    @torch.inference_mode()
    def predict_rows(self, x: Tensor) -> Prediction:
        """Say what raw rows mean.

        Args:
            x: In the table's own units, columns in the order of ``features``; shape (rows, features), or (features,).

        Raises:
            DataError: The shape does not fit, or values are not finite; the message names the columns.
        """
        rows = x.unsqueeze(0) if x.ndim == 1 else x
        who = f"{type(self).__name__}.predict_rows"
        if rows.ndim != 2 or rows.shape[1] != len(self.features):
            raise DataError(
                f"{who}: expected rows of shape (rows, {len(self.features)}), one column for each of "
                f"{', '.join(map(repr, self.features))}, got {tuple(x.shape)}"
            )
        check_finite(rows.double().cpu().numpy(), self.features, who)
        was_training = self.training
        self.eval()
        try:
            return self._predict(self(rows.to(self.inputs.mean)))
        finally:
            self.train(was_training)

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
        if self._scheduler is None:
            return optimizer
        scheduler = {"scheduler": self._scheduler(optimizer), "interval": "epoch", "monitor": "val/loss"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return the loss of a batch; ``batch`` is a :class:`Batch`, or any (x, y)."""
        batch = self._batch(batch)
        if batch_idx == 0:  # not in on_train_epoch_start, which Lightning leaves out in the first epoch after a resume
            self._means["train"].reset()
        loss = self.loss_of(self(batch.x), batch.y)
        self._means["train"].add(loss, batch.rows)
        return loss if batch.share == 1 else loss * batch.share

    def on_train_epoch_end(self) -> None:
        """Log the mean training loss of the epoch."""
        # The values are reduced already; Lightning only believes it when it may reduce them once more.
        self.log("train/loss", self._mean("train"), prog_bar=True, sync_dist=True)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Take a batch of validation into the metrics."""
        self._evaluate("val", self._batch(batch))

    def test_step(self, batch: Any, batch_idx: int) -> None:
        """Take a batch of the test into the metrics."""
        self._evaluate("test", self._batch(batch))

    def predict_step(self, batch: Any, batch_idx: int) -> Prediction:
        """Predict a batch of ``Trainer.predict``: a :class:`Batch`, (x, y), or x."""
        return self.predict_rows(batch if isinstance(batch, Tensor) else batch[0])

    def on_validation_epoch_start(self) -> None:
        """Begin the metrics of validation."""
        self._begin("val")

    def on_test_epoch_start(self) -> None:
        """Begin the metrics of the test."""
        self._begin("test")

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of validation."""
        self._log_metrics("val")

    def on_test_epoch_end(self) -> None:
        """Log the metrics of the test."""
        self._log_metrics("test")

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

    def _batch(self, batch: Any) -> Batch:
        taken = batch if isinstance(batch, Batch) else Batch(*batch)
        if not self._checked:
            self.check_targets(Split(taken.x, taken.y), "batch")
        return taken

    def _check_data(self, data: TableDataModule) -> None:
        for name in ("features", "target", "classes"):
            own, given = getattr(self, name), getattr(data, name)
            if own != given:
                raise DataError(f"{type(self).__name__}: expected data with the {name} {own!r}, got {given!r}")
        for name, split in (("training", data.train), ("validation", data.validation), ("test", data.test)):
            self.check_targets(split, f"{name} split")
        self._checked = True

    def _begin(self, stage: str) -> None:
        self._means[stage].reset()
        self._metric(stage).reset()

    def _evaluate(self, stage: str, batch: Batch) -> None:
        output = self(batch.x)
        if batch.rows:
            self._means[stage].add(self.loss_of(output, batch.y), batch.rows)
            self._update(stage, self._metric_input(output), batch.y)

    def _update(self, stage: str, predicted: Tensor, y: Tensor) -> None:
        self._metric(stage).update(predicted, y)

    def _metric(self, stage: str) -> MetricCollection:
        return cast(MetricCollection, self.metrics[stage])

    def _log_metrics(self, stage: str) -> None:
        values = {f"{stage}/loss": self._mean(stage)}
        values |= {f"{stage}/{name}": value for name, value in self._metric(stage).compute().items()}
        shown = {f"val/{name}" for name in ("loss", self.headline)}
        self.log_dict({name: value for name, value in values.items() if name in shown}, prog_bar=True, sync_dist=True)
        self.log_dict({name: value for name, value in values.items() if name not in shown}, sync_dist=True)

    def _summed(self, stage: str) -> Tensor:
        """Return the state of a running mean over all processes."""
        state = self._means[stage].state()
        if self.trainer.world_size == 1:
            return state
        return cast(Tensor, self.trainer.strategy.reduce(state.to(self.device), reduce_op="sum"))

    def _mean(self, stage: str) -> Tensor:
        return RunningMean.mean_of(self._summed(stage))

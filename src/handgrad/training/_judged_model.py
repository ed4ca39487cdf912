"""How a model of rows is judged on a split, under Lightning's Trainer: its loss and its metrics, over all batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from torch import Tensor, nn
from torchmetrics import MetricCollection

from handgrad.nn import Ensemble
from handgrad.training._loader import Batch
from handgrad.training._member_metrics import MemberMetrics
from handgrad.training._prediction import Prediction
from handgrad.training._row_model import Loss, RowModel
from handgrad.training._running_mean import RunningMean
from handgrad.training._split import Split


class JudgedModel(RowModel):
    """A model of rows with its validation, test and prediction.

    Args:
        net: Takes standardised features, shape (rows, features), and gives (rows, outputs).
        features: The names of the feature columns.
        target: The name of the target column.
        outputs: How many outputs the net must have.
        loss: Takes outputs and targets, gives a 0-d tensor.

    Attributes:
        member_metrics: Of an ensemble: the metrics of each member in the last test, by name, each of shape (members,).
            ``None`` before.
    """

    def __init__(self, net: nn.Module, features: Sequence[str], target: str, outputs: int, loss: Loss) -> None:
        super().__init__(net, features, target, outputs, loss)
        self.metrics = nn.ModuleDict({"val": self._metrics(), "test": self._metrics()})
        self.member_metrics: dict[str, Tensor] | None = None
        self._member_metrics: MemberMetrics | None = None
        self._means = {"train": RunningMean(), "val": RunningMean(), "test": RunningMean()}
        self._checked = False  # whether the targets of the data module were looked at as a whole

    @property
    def metric_names(self) -> list[str]:
        """The names that are logged with ``val/`` and ``test/`` before them."""
        return ["loss", *self._metric("test")]

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
        """Begin the metrics of the test, and those of the members of an ensemble."""
        self._begin("test")
        if isinstance(self.net, Ensemble):
            self._member_metrics = MemberMetrics(self.members, self._metrics, self.device)

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of validation."""
        self._log_metrics("val")

    def on_test_epoch_end(self) -> None:
        """Log the metrics of the test; of an ensemble, how far its members are apart, too."""
        self._log_metrics("test")
        if self._member_metrics is not None:
            self.member_metrics = self._member_metrics.compute()
            own = self.member_metrics[self.headline]
            for name, value in (("min", own.min()), ("mean", own.mean()), ("max", own.max())):
                self.log(f"test/member_{self.headline}_{name}", value, sync_dist=True)

    def _batch(self, batch: Any) -> Batch:
        taken = batch if isinstance(batch, Batch) else Batch(*batch)
        if not self._checked:
            self.check_targets(Split(taken.x, taken.y), "batch")
        return taken

    def _begin(self, stage: str) -> None:
        self._means[stage].reset()
        self._metric(stage).reset()

    def _evaluate(self, stage: str, batch: Batch) -> None:
        output = self(batch.x)
        if batch.rows:
            judged = self.judged(output)
            self._means[stage].add(self.loss(judged, self.loss_target(batch.y)), batch.rows)
            self._update(stage, self._metric_input(judged), batch.y)
            if stage == "test" and self._member_metrics is not None:
                self._member_metrics.update(self._metric_input(output), batch.y)

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

"""How a model of rows is judged on a split, under Lightning's Trainer: its loss and its metrics, over all batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from handgrad.nn import Ensemble
from handgrad.training._epoch_log import log_epoch
from handgrad.training._judged_rows import JudgedRows
from handgrad.training._loader import Batch
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
        self.member_metrics: dict[str, Tensor] | None = None
        self._rows = {"val": JudgedRows(), "test": JudgedRows()}
        self._member_rows = JudgedRows(dim=1)
        self._means = {"train": RunningMean(), "val": RunningMean(), "test": RunningMean()}
        self._checked = False  # whether the targets of the data module were looked at as a whole

    @property
    def metric_names(self) -> list[str]:
        """The names that are logged with ``val/`` and ``test/`` before them."""
        return ["loss", *self.own_metrics]

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
        self._member_rows.reset()

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of validation."""
        self._log_metrics("val", *self._rows["val"].gathered(self.trainer.world_size))

    def on_test_epoch_end(self) -> None:
        """Log the metrics of the test; of an ensemble, how far its members are apart, too."""
        predicted, y = self._rows["test"].gathered(self.trainer.world_size)
        self._log_metrics("test", predicted, y)
        self._keep(predicted, y)
        if isinstance(self.net, Ensemble):
            self.member_metrics = self._metrics_of_members()
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
        self._rows[stage].reset()

    def _evaluate(self, stage: str, batch: Batch) -> None:
        output = self(batch.x)
        judged = self.judged(output)
        if batch.rows:
            self._means[stage].add(self.loss(judged, self.loss_target(batch.y)), batch.rows)
        self._rows[stage].add(self._metric_input(judged), batch.y, batch.rows)
        if stage == "test" and isinstance(self.net, Ensemble):
            self._member_rows.add(self._metric_input(output), batch.y, batch.rows)

    def _log_metrics(self, stage: str, predicted: Tensor, y: Tensor) -> None:
        own = {f"{stage}/{name}": value for name, value in self._metrics(predicted, y).items()}
        log_epoch(self, {f"{stage}/loss": self._mean(stage), **own}, ("val/loss", f"val/{self.headline}"))

    def _metrics_of_members(self) -> dict[str, Tensor]:
        predicted, y = self._member_rows.gathered(self.trainer.world_size)
        each = [self._metrics(own, y) for own in predicted]
        return {name: torch.stack([own[name] for own in each]).cpu() for name in each[0]}

    def _summed(self, stage: str) -> Tensor:
        """Return the state of a running mean over all processes."""
        state = self._means[stage].state()
        if self.trainer.world_size == 1:
            return state
        return cast(Tensor, self.trainer.strategy.reduce(state.to(self.device), reduce_op="sum"))

    def _mean(self, stage: str) -> Tensor:
        return RunningMean.mean_of(self._summed(stage))

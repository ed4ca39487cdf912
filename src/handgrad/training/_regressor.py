"""Regression: squared error in standard units, predictions and metrics in the target's own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from handgrad.nn import CrossEntropyLoss, MSELoss
from handgrad.training._engine_choice import AUTO, EngineFactory
from handgrad.training._errors import DataError
from handgrad.training._prediction import ValuePrediction
from handgrad.training._row_model import Loss
from handgrad.training._split import Split
from handgrad.training._standardize import Standardize
from handgrad.training._task import OptimizerFactory, SchedulerFactory, Task
from handgrad.training._value_metrics import value_metrics


class Regressor(Task):
    """Rows to values.

    The net learns the target in standard units, so that the loss is of size 1 whatever the target is measured in.
    Logged once an epoch, and at the test: the loss in those units; RMSE and MAE in the target's own; R².

    Args:
        net: Takes standardised features, shape (rows, features), and gives the target in standard units, (rows, 1).
        target: The name of the target column.
        features: The names of the feature columns.
        loss: Takes outputs and targets, both of shape (rows, 1); ``None`` is ``MSELoss()``.
        optimizer: Takes the parameters of the net; ``None`` is Adam with a learning rate of 1e-2.
        scheduler: Takes the optimizer; stepped once an epoch, ReduceLROnPlateau by ``val/loss``. ``None``: constant.
        engine: Who takes the steps; see :class:`Task`.

    Attributes:
        targets: The standardisation of the target, by the training split.
        pairs: The true and the predicted value of each row of the last test, in the target's own units; float32, shape
            (rows, 2). ``None`` before.

    Raises:
        ValueError: The net does not have an input for each feature and one output, or the loss is one of classes.
    """

    kind = "regressor"
    unfit_losses = (CrossEntropyLoss, nn.CrossEntropyLoss)
    fit_loss_name = "MSELoss"
    headline = "rmse"
    own_metrics = ("mae", "r2", "rmse")

    def __init__(
        self,
        net: nn.Module,
        target: str,
        features: Sequence[str],
        loss: Loss | None = None,
        optimizer: OptimizerFactory | None = None,
        scheduler: SchedulerFactory | None = None,
        engine: str | EngineFactory = AUTO,
    ) -> None:
        super().__init__(net, features, target, 1, loss or MSELoss(), optimizer, scheduler, engine)
        self.targets = Standardize(1)
        self.pairs: Tensor | None = None

    def fit_statistics(self, train: Split) -> None:
        """Take the standardisation of the features and of the target."""
        super().fit_statistics(train)
        self.targets.fit(train.y.unsqueeze(1))

    def check_targets(self, split: Split, name: str) -> None:
        """Raise DataError unless there is one finite floating-point target for each row.

        Args:
            split: Rows and targets.
            name: What they are called in the message.
        """
        y = split.y
        if y.shape != split.x.shape[:1] or not y.is_floating_point():
            raise DataError(
                f"Regressor: expected one floating-point target for each of the {len(split.x)} rows of the {name}, "
                f"got targets of shape {tuple(y.shape)} and type {y.dtype}"
            )
        if not y.isfinite().all():
            raise DataError(
                f"Regressor: expected finite values of {self.target!r}, got NaN or infinity in "
                f"{int((~y.isfinite()).sum())} of {len(y)} rows of the {name}"
            )

    def _metrics(self, predicted: Tensor, y: Tensor) -> dict[str, Tensor]:
        return value_metrics(predicted, y)

    def _keep(self, predicted: Tensor, y: Tensor) -> None:
        self.pairs = torch.stack([y, predicted], dim=1).cpu()

    def loss_target(self, y: Tensor) -> Tensor:
        """Return the targets in standard units, with a dimension for the one output."""
        standard: Tensor = self.targets(y.unsqueeze(-1))
        return standard

    def _mean_output(self, outputs: Tensor) -> Tensor:
        return outputs.mean(0)

    def _metric_input(self, output: Tensor) -> Tensor:
        return self.targets.inverse(output.float()).squeeze(-1)

    def _predict(self, output: Tensor) -> ValuePrediction:
        values = self.targets.inverse(output.double()).squeeze(-1).cpu()
        if output.ndim == 3:
            return ValuePrediction(self.target, values.mean(0), values)
        return ValuePrediction(self.target, values)

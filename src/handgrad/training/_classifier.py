"""Classification: softmax and cross entropy, predictions are names of classes with probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from handgrad.nn import CrossEntropyLoss, MSELoss
from handgrad.ops import log_softmax, softmax
from handgrad.training._class_metrics import class_metrics, confusion_counts
from handgrad.training._engine_choice import AUTO, EngineFactory
from handgrad.training._errors import DataError
from handgrad.training._prediction import ClassPrediction
from handgrad.training._row_model import Loss
from handgrad.training._split import Split
from handgrad.training._task import OptimizerFactory, SchedulerFactory, Task


class Classifier(Task):
    """Rows to classes.

    Logged once an epoch, and at the test: loss, accuracy, macro F1, AUROC (one class against the rest, mean over the
    classes) and the expected calibration error of the most probable class (15 bins).

    Args:
        net: Takes standardised features, shape (rows, features), and gives logits, shape (rows, classes).
        classes: The names of the classes, in the order of their indices.
        features: The names of the feature columns.
        loss: Takes logits and class indices; ``None`` is ``CrossEntropyLoss()``.
        optimizer: Takes the parameters of the net; ``None`` is Adam with a learning rate of 1e-2.
        scheduler: Takes the optimizer; stepped once an epoch, ReduceLROnPlateau by ``val/loss``. ``None``: constant.
        target: The name of the target column.
        engine: Who takes the steps; see :class:`Task`.

    Attributes:
        confusion: The counts of the last test: rows are true classes, columns predicted ones. ``None`` before.

    Raises:
        ValueError: The net does not have an input for each feature and an output for each class, or the loss is not one
            of classes.
    """

    kind = "classifier"
    unfit_losses = (MSELoss, nn.MSELoss)
    fit_loss_name = "CrossEntropyLoss"
    headline = "accuracy"
    own_metrics = ("accuracy", "auroc", "calibration_error", "f1")
    classes: list[str]

    def __init__(
        self,
        net: nn.Module,
        classes: Sequence[str],
        features: Sequence[str],
        loss: Loss | None = None,
        optimizer: OptimizerFactory | None = None,
        scheduler: SchedulerFactory | None = None,
        target: str = "class",
        engine: str | EngineFactory = AUTO,
    ) -> None:
        self.classes = list(classes)
        super().__init__(net, features, target, len(classes), loss or CrossEntropyLoss(), optimizer, scheduler, engine)
        self.confusion: Tensor | None = None

    def record(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain containers."""
        return super().record() | {"classes": self.classes}

    def fit_loss(self, train: Split) -> None:
        """Give the loss the class counts of the training split, if it weighs classes by them."""
        if isinstance(self.loss, CrossEntropyLoss):
            self.loss.fit(train.y, len(self.classes))

    def check_targets(self, split: Split, name: str) -> None:
        """Raise DataError unless the targets are indices of the classes, one for each row.

        Args:
            split: Rows and targets.
            name: What they are called in the message.
        """
        y, last = split.y, len(self.classes) - 1
        if y.shape != split.x.shape[:1] or y.dtype != torch.int64:
            raise DataError(
                f"Classifier: expected one int64 class index for each of the {len(split.x)} rows of the {name}, "
                f"got targets of shape {tuple(y.shape)} and type {y.dtype}"
            )
        outside = (y < 0) | (y > last)
        if outside.any():
            raise DataError(
                f"Classifier: expected labels in 0 … {last} for the {last + 1} classes, got {y[outside][0].item()} "
                f"and the like in {int(outside.sum())} of {len(y)} rows of the {name}; "
                "number the classes from 0, or name all of them"
            )

    def _metrics(self, predicted: Tensor, y: Tensor) -> dict[str, Tensor]:
        return class_metrics(predicted, y)

    def _keep(self, predicted: Tensor, y: Tensor) -> None:
        self.confusion = confusion_counts(predicted, y).cpu()

    def loss_target(self, y: Tensor) -> Tensor:
        """Return the class indices as they are."""
        return y

    def _mean_output(self, outputs: Tensor) -> Tensor:
        return log_softmax(outputs, -1).logsumexp(0) - math.log(len(outputs))  # the logarithm of the mean probability

    def _metric_input(self, output: Tensor) -> Tensor:
        return softmax(output.float(), -1)

    def _predict(self, output: Tensor) -> ClassPrediction:
        probabilities = softmax(output.double(), -1).cpu()
        if output.ndim == 3:
            return ClassPrediction(list(self.classes), probabilities.mean(0), probabilities)
        return ClassPrediction(list(self.classes), probabilities)

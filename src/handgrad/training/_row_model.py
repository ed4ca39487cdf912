"""A net between raw rows and what they mean: everything of a task but how it learns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn

from handgrad.nn import Ensemble, EnsembleLoss
from handgrad.training._errors import DataError
from handgrad.training._net_check import check_net
from handgrad.training._net_record import net_record
from handgrad.training._prediction import Prediction
from handgrad.training._split import Split
from handgrad.training._standardize import Standardize
from handgrad.training._steps import Step, named_steps
from handgrad.training._table import check_finite

Loss = Callable[[Tensor, Tensor], Tensor]


class RowModel(LightningModule, ABC):
    """A net with the standardisation of what goes in, the meaning of what comes out, and the loss between them.

    Args:
        net: Takes standardised features, shape (rows, features), and gives (rows, outputs); an Ensemble gives that of each
            member, and predicts by their mean.
        features: The names of the feature columns.
        target: The name of the target column.
        outputs: How many outputs the net must have.
        loss: Takes outputs and targets, gives a 0-d tensor.

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
    own_metrics: tuple[str, ...]  # the names of the metrics beside the loss
    classes: list[str] | None = None

    def __init__(self, net: nn.Module, features: Sequence[str], target: str, outputs: int, loss: Loss) -> None:
        super().__init__()
        self.net, self.loss = net, loss
        self.features, self.target = list(features), target
        self.inputs = Standardize(len(self.features))
        if isinstance(loss, self.unfit_losses):
            raise ValueError(
                f"{type(self).__name__}: expected {self.fit_loss_name} or the like, got {type(loss).__name__}"
            )
        check_net(type(self).__name__, net, len(self.features), outputs)

    # What a subclass says ------------------------------------------------------------------------------------------

    @abstractmethod
    def _metrics(self, predicted: Tensor, y: Tensor) -> dict[str, Tensor]:
        """Return the metrics of all rows of a split by name: of what :meth:`_metric_input` gives, and raw targets."""

    @abstractmethod
    def _keep(self, predicted: Tensor, y: Tensor) -> None:
        """Take from all rows of a test what is shown beside the metrics."""

    @abstractmethod
    def loss_target(self, y: Tensor) -> Tensor:
        """Return targets, of any shape, as the loss wants them beside the outputs of the net."""

    @abstractmethod
    def _mean_output(self, outputs: Tensor) -> Tensor:
        """Return the output that means the mean of what the members of an ensemble say, from that of each of them."""

    @abstractmethod
    def _metric_input(self, output: Tensor) -> Tensor:
        """Return the outputs of the net as the metrics want them beside the raw targets."""

    @abstractmethod
    def check_targets(self, split: Split, name: str) -> None:
        """Raise DataError unless the targets have the shape, type and range of the task."""

    @abstractmethod
    def _predict(self, output: Tensor) -> Prediction:
        """Return what the outputs of the net mean."""

    def fit_statistics(self, train: Split) -> None:
        """Take from the training split what the task has to know of it, above all the standardisation."""
        self.inputs.fit(train.x)
        self.fit_loss(train)

    def fit_loss(self, train: Split) -> None:
        """Take from the training split what the loss has to know of it, and a checkpoint does not hold: nothing here."""

    def record(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain containers."""
        return {"task": self.kind, "net": net_record(self.net), "features": self.features, "target": self.target}

    @property
    def members(self) -> int:
        """How many networks learn: those of an ensemble, else 1."""
        return self.net.members if isinstance(self.net, Ensemble) else 1

    @property
    def objective(self) -> Loss:
        """What is descended on: the loss, or the sum of the members' losses. It takes the net's output, and `loss_target`."""
        return EnsembleLoss(self.loss) if isinstance(self.net, Ensemble) else self.loss

    # Raw rows to numbers -------------------------------------------------------------------------------------------

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the net for raw rows, shape (rows, outputs), of an ensemble (members, rows, outputs)."""
        output: Tensor = self.net(self.inputs(x))
        return output

    def named_steps(self) -> list[Step]:
        """Return the ops of :meth:`forward` by name, in order of execution."""
        return [("inputs standardize", self.inputs), *named_steps(self.net)]

    def loss_of(self, output: Tensor, y: Tensor) -> Tensor:
        """Return the objective of outputs beside raw targets, 0-d."""
        return self.objective(output, self.loss_target(y))

    def judged(self, output: Tensor) -> Tensor:
        """Return the output that predictions are made of, shape (rows, outputs): the net's own, or that of the mean."""
        return self._mean_output(output) if isinstance(self.net, Ensemble) else output

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

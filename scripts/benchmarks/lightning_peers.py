"""The same training under Lightning: as it is usually written, and as one writes it who has looked where the time goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics import MeanMetric
from torchmetrics.classification import MulticlassAccuracy

from handgrad.training import Split


class Usual(LightningModule):
    """A module as the templates have it: metric objects, updated and given to ``self.log`` in each step."""

    def __init__(self, net: nn.Sequential, classes: int, learning_rate: float) -> None:
        super().__init__()
        self.net, self.learning_rate, self.criterion = net, learning_rate, nn.CrossEntropyLoss()
        self.train_loss, self.val_loss = MeanMetric(), MeanMetric()
        self.train_accuracy, self.val_accuracy = MulticlassAccuracy(classes), MulticlassAccuracy(classes)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """The loss of a batch, logged."""
        return self._logged(batch, "train", self.train_loss, self.train_accuracy)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """The metrics of a batch, logged."""
        self._logged(batch, "val", self.val_loss, self.val_accuracy)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Plain SGD."""
        return torch.optim.SGD(self.parameters(), self.learning_rate)

    def _logged(self, batch: Any, stage: str, mean: MeanMetric, accuracy: MulticlassAccuracy) -> Tensor:
        x, y = batch
        logits = self.net(x)
        loss: Tensor = self.criterion(logits, y)
        mean(loss)
        accuracy(logits, y)
        self.log(f"{stage}/loss", mean, on_step=False, on_epoch=True, prog_bar=True)
        self.log(f"{stage}/accuracy", accuracy, on_step=False, on_epoch=True, prog_bar=True)
        return loss


class Tuned(Usual):
    """The loss is summed and logged once an epoch; there is no accuracy of the training rows."""

    def on_train_epoch_start(self) -> None:
        """Begin the sum."""
        self._sum, self._batches = torch.zeros(()), 0

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """The loss of a batch."""
        x, y = batch
        loss: Tensor = self.criterion(self.net(x), y)
        self._sum += loss.detach()
        self._batches += 1
        return loss

    def on_train_epoch_end(self) -> None:
        """Log the mean."""
        self.log("train/loss", self._sum / self._batches)


class InMemory:
    """Batches as slices of one permutation an epoch."""

    def __init__(self, split: Split, batch_size: int) -> None:
        self.split, self.batch_size = split, batch_size

    def __len__(self) -> int:
        """The number of batches."""
        return -(-len(self.split.y) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Hand out an epoch."""
        order = torch.randperm(len(self.split.y))
        x, y = self.split.x[order], self.split.y[order]
        return zip(x.split(self.batch_size), y.split(self.batch_size), strict=True)


def loader(split: Split, batch_size: int, shuffle: bool) -> DataLoader[Any]:
    """The loader of every tutorial."""
    return DataLoader(TensorDataset(*split), batch_size=batch_size, shuffle=shuffle)

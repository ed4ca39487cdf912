"""What the data modules share: a table in memory, split by seed, handed out in batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch import LightningDataModule, Trainer
from torch import Tensor

from handgrad.training._chunk_loader import ChunkLoader
from handgrad.training._errors import DataError
from handgrad.training._loader import TableLoader
from handgrad.training._split import Split, check_fractions, split_indices
from handgrad.training._table import check_finite

# A batch of validation and test: nothing is kept for backward, so it may be large, and should stay in the cache.
_EVALUATION_BYTES = 2**22
_LEAST_EVALUATION_ROWS, _MOST_EVALUATION_ROWS = 1024, 65_536


@dataclass(frozen=True)
class TableData:
    """A table ready to be split.

    Attributes:
        features: The names of the feature columns.
        x: Their values in their own units, shape (rows, features); float32 saves a copy.
        target: The name of the target column.
        y: Class indices or values, shape (rows,).
        classes: The names of the classes in the order of their indices; ``None`` for a regression.
    """

    features: list[str]
    x: npt.NDArray[np.floating[Any]]
    target: str
    y: npt.NDArray[np.generic]
    classes: list[str] | None


class TableDataModule(LightningDataModule, ABC):
    """Training, validation and test split of a table that fits into memory.

    Constructing reads nothing; :meth:`prepare` does, once, and the attributes below call it when they are asked first.
    The rows stay raw: the task standardises them. A subclass says how the table is read (:meth:`read`).

    Args:
        batch_size: Rows of a training step, of each process.
        validation_fraction: Part of the rows to choose the best epoch by.
        test_fraction: Part of the rows that is looked at in the end.
        seed: Decides the split (stratified for classes) and the order of the batches.

    Attributes:
        source: Where the table comes from, in words.
        features: The names of the feature columns.
        classes: The names of the classes, in the order of their indices; ``None`` for a regression.
        target: The name of the target column.
        in_features: The number of features.
        out_features: The number of classes, or 1.
        train: The training split.
        validation: The validation split.
        test: The test split.

    Raises:
        ValueError: An argument is out of its range.
        DataError: From ``prepare``: the table, or a split of it, is not fit for training.
    """

    def __init__(
        self,
        batch_size: int = 32,
        validation_fraction: float = 0.2,
        test_fraction: float = 0.2,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if batch_size < 1:
            raise ValueError(f"{type(self).__name__}: expected batch_size of at least 1, got {batch_size}")
        check_fractions(type(self).__name__, validation_fraction, test_fraction)
        self.batch_size, self.seed = batch_size, seed
        self.validation_fraction, self.test_fraction = validation_fraction, test_fraction
        self._data: TableData | None = None
        self._splits: tuple[Split, Split, Split] | None = None

    @abstractmethod
    def read(self) -> TableData:
        """Read the whole table."""

    def prepare(self) -> Self:
        """Read and split the table, unless that was done; return the data module."""
        self._prepared()
        return self

    def setup(self, stage: str) -> None:
        """Prepare the table in this process; called by Lightning."""
        self.prepare()

    @property
    def source(self) -> str:
        """Where the table comes from, in words: here the name of the class, a subclass knows better."""
        return type(self).__name__

    @property
    def features(self) -> list[str]:
        """The names of the feature columns."""
        return self._table().features

    @property
    def classes(self) -> list[str] | None:
        """The names of the classes, or ``None`` for a regression."""
        return self._table().classes

    @property
    def target(self) -> str:
        """The name of the target column."""
        return self._table().target

    @property
    def in_features(self) -> int:
        """The number of features: the inputs that a net needs."""
        return len(self.features)

    @property
    def out_features(self) -> int:
        """The number of outputs that a net needs."""
        return 1 if self.classes is None else len(self.classes)

    @property
    def train(self) -> Split:
        """The training split."""
        return self._prepared()[0]

    @property
    def validation(self) -> Split:
        """The validation split."""
        return self._prepared()[1]

    @property
    def test(self) -> Split:
        """The test split."""
        return self._prepared()[2]

    def train_dataloader(self) -> TableLoader | ChunkLoader:
        """Batches of the training split, in another order every epoch; many at a time where an engine trains."""
        chunks = getattr(self.trainer.lightning_module, "chunks", None) if self.trainer else None
        if self.trainer is None or not self.trainer.training or chunks is None:
            return self._loader(self.train, self.batch_size, self.seed)
        rows = _on_device(self.train, self.trainer)
        return ChunkLoader(rows, self.batch_size, seed=self.seed, pace=chunks.pace)

    def val_dataloader(self) -> TableLoader:
        """The validation split in large batches."""
        return self._loader(self.validation, self._evaluation_rows(), None)

    def test_dataloader(self) -> TableLoader:
        """The test split in large batches."""
        return self._loader(self.test, self._evaluation_rows(), None)

    def _table(self) -> TableData:
        if self._data is None:
            self._data = self.read()
        return self._data

    def _prepared(self) -> tuple[Split, Split, Split]:
        if self._splits is None:
            self._splits = self._split(self._table())
            # The splits are copies: from here on the rows are theirs alone.
            self._data = replace(self._table(), x=np.empty((0, self.in_features)))
        return self._splits

    def _split(self, data: TableData) -> tuple[Split, Split, Split]:
        who = type(self).__name__
        check_finite(data.x, data.features, who)
        x, y = torch.from_numpy(data.x.astype(np.float32, copy=False)), _targets(data)
        parts = split_indices(who, data.y, data.classes, self.validation_fraction, self.test_fraction, self.seed)
        train, validation, test = (Split(x[rows], y[rows]) for rows in map(torch.from_numpy, parts))
        if self.batch_size > len(train.y):
            raise DataError(
                f"{who}: expected batch_size of at most the {len(train.y)} rows of the training split "
                f"(of {len(y)} rows), got {self.batch_size}; use a smaller batch_size"
            )
        return train, validation, test

    def _evaluation_rows(self) -> int:
        fitting = min(_EVALUATION_BYTES // self.train.x[0].nbytes, _MOST_EVALUATION_ROWS)
        return max(self.batch_size, _LEAST_EVALUATION_ROWS, fitting)

    def _loader(self, split: Split, batch_size: int, seed: int | None) -> TableLoader:
        if self.trainer is None:
            return TableLoader(split, batch_size, seed=seed)
        rank, world_size = self.trainer.global_rank, self.trainer.world_size
        return TableLoader(_on_device(split, self.trainer), batch_size, seed=seed, rank=rank, world_size=world_size)


def _on_device(split: Split, trainer: Trainer) -> Split:
    """Bring a whole split to the device once; a step then copies nothing."""
    device = trainer.strategy.root_device
    return Split(split.x.to(device), split.y.to(device))


def _targets(data: TableData) -> Tensor:
    dtype = np.float32 if data.classes is None else np.int64
    return torch.from_numpy(data.y.astype(dtype, copy=False))

"""The numbers of one tensor as plain Python, exact, and nothing that needs torch to be read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from statistics import fmean, median
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Summary:
    """What a reader sees of a tensor that is too wide to be shown.

    Attributes:
        count: how many numbers there are.
        minimum: the smallest finite one; NaN where none is finite.
        median: the median of the finite ones.
        maximum: the largest finite one.
        not_finite: how many are NaN or infinite.
    """

    count: int
    minimum: float
    median: float
    maximum: float
    not_finite: int


@dataclass(frozen=True)
class Values:
    """A tensor.

    Attributes:
        shape: its shape; ``()`` for one number.
        data: its numbers in row-major order: floats (exactly those of the run, a float32 widened), or ints for class indices.
        dtype: the dtype of the run, e.g. ``"float32"``.
        batched: whether the first dimension runs over the samples.
    """

    shape: tuple[int, ...]
    data: tuple[float, ...]
    dtype: str
    batched: bool = False

    @classmethod
    def of(cls, tensor: Tensor, batched: bool = False) -> Values:
        """The numbers of ``tensor``."""
        flat = tensor.detach().cpu().reshape(-1)
        return cls(tuple(tensor.shape), canonical(flat.tolist()), str(tensor.dtype).removeprefix("torch."), batched)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return len(self.data)

    @property
    def integer(self) -> bool:
        """Whether the numbers are class indices: names, not amounts."""
        return not self.dtype.startswith(("float", "bfloat"))

    def __getitem__(self, index: tuple[int, ...]) -> float:
        """The number at ``index``, counted from 0, one entry a dimension.

        Raises:
            IndexError: the index has another number of entries than the shape, or lies outside it.
        """
        if len(index) != len(self.shape) or any(not 0 <= i < n for i, n in zip(index, self.shape, strict=True)):
            raise IndexError(f"Values: expected an index inside the shape {self.shape}, got {index}")
        place = 0
        for i, n in zip(index, self.shape, strict=True):
            place = place * n + i
        return self.data[place]

    def indices(self) -> Iterator[tuple[int, ...]]:
        """The index of every number, in the order of ``data``."""
        return product(*map(range, self.shape))

    def nested(self) -> Any:
        """The numbers as nested lists, as ``Tensor.tolist`` gives them; one number for the shape ``()``."""
        rows: list[Any] = list(self.data)
        if not self.shape:
            return rows[0]
        for place in range(len(self.shape) - 1, 0, -1):
            n, rest = self.shape[place], math.prod(self.shape[:place])
            rows = [rows[row * n : (row + 1) * n] for row in range(rest)]
        return rows

    def summary(self) -> Summary:
        """Count, minimum, median and maximum."""
        finite = [value for value in self.data if math.isfinite(value)]
        lost = len(self.data) - len(finite)
        if not finite:
            return Summary(lost, math.nan, math.nan, math.nan, lost)
        return Summary(len(self.data), min(finite), median(finite), max(finite), lost)

    def sample(self, index: int) -> Values:
        """The numbers of one sample, without the batch dimension; those of no sample stay as they are."""
        if not self.batched:
            return self
        width = math.prod(self.shape[1:])
        return replace(self, shape=self.shape[1:], data=self.data[index * width : (index + 1) * width], batched=False)

    def mean(self) -> Values:
        """The mean over the samples; numbers of no sample, and class indices, stay as they are."""
        if not self.batched or self.integer:
            return self
        width = math.prod(self.shape[1:])
        columns = (self.data[start::width] for start in range(width))
        return replace(self, shape=self.shape[1:], data=canonical(map(_mean, columns)), batched=False)


def canonical(numbers: Iterable[float]) -> tuple[float, ...]:
    """The numbers, every NaN as the one ``math.nan``: tuples compare by identity first, so equal records compare equal."""
    return tuple(math.nan if number != number else number for number in numbers)


def _mean(column: tuple[float, ...]) -> float:
    return fmean(column) if all(map(math.isfinite, column)) else sum(column) / len(column)

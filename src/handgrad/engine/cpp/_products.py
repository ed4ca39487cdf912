"""Products of matrices."""

from __future__ import annotations

import torch
from torch import fx

from handgrad.engine.cpp._formulas import UntranslatableError
from handgrad.engine.cpp._loops import Lines, indices, loops
from handgrad.engine.cpp._memory import Memory, Place, arguments_of, c_type_of, contiguous, tensor_of
from handgrad.engine.cpp._views import Index

_aten = torch.ops.aten
PRODUCTS = {_aten.mm.default, _aten.bmm.default}

COLUMNS = 64
"""A multiple of the columns of every panel of ``prelude.h``."""

_PIECE = 512
"""The same as there."""

_ROWS = 32
"""Rows of the first factor from which it pays to copy a panel of the second one: all of them read it."""

_FAR = 512
"""Numbers from one row to the next from which a panel covers more pages, and falls on fewer sets of the cache, than is good."""


def product(node: fx.Node, memory: Memory) -> Lines:
    """The product of two matrices, or of two rows of them."""
    *batch, _, n = tensor_of(node).shape
    index, factors = indices(batch), Factors(node, memory)
    into = Place(memory.make(node), contiguous(tensor_of(node).shape))
    return loops(index, batch, [factors.times(index, matrix(into, index), n)], None)


class Factors:
    """Two matrices, or two rows of them, that are to be multiplied.

    The second factor must have rows in one piece, or its transpose.

    Raises:
        UntranslatableError: it has neither.
    """

    def __init__(self, node: fx.Node, memory: Memory) -> None:
        a, b = arguments_of(node)
        left, right = memory.place(a), memory.place(b)
        self._m, self._k, self._n = *tensor_of(a).shape[-2:], tensor_of(b).shape[-1]
        if left is None or right is None or 0 in right.strides[-2:] or (self._n > 1 and 1 not in right.strides[-2:]):
            raise UntranslatableError("no C++ is written down for products of matrices that are not evenly spaced")
        self._left, self._right, self._entry = left, right, c_type_of(node)
        self._how = self._reading()
        room = min(self._k, 2 * _PIECE) * min(self._n, COLUMNS)
        self._panel = "nullptr" if self._how == "straight" else memory.room(node, room)

    def times(self, index: Index, into: str, row: int, first: str = "0", columns: int | None = None) -> str:
        """The statement that computes columns of the product.

        Args:
            index: which matrices of a row.
            into: where the columns are to lie.
            row: how far it is there from a row to the next.
            first: the first column.
            columns: how many; None for all.
        """
        row_step, column_step = self._right.strides[-2:]
        left = f"{matrix(self._left, index)}, {self._left.strides[-2]}, {self._left.strides[-1]}"
        right = matrix(self._right, index) + ("" if first == "0" else f" + {first} * {column_step}")
        sizes = f"{self._entry}, {self._m}, {columns or self._n}, {self._k}, {self._how}"
        far = column_step if self._how == "turned" else row_step
        return f"product<{sizes}>({left}, {right}, {far}, {into}, {row}, {self._panel});"

    def _reading(self) -> str:
        row_step, column_step = self._right.strides[-2:]
        if self._n > 1 and column_step != 1:
            return "turned"
        return "copied" if self._n > COLUMNS and self._m >= _ROWS <= self._k and row_step >= _FAR else "straight"


def matrix(place: Place, index: Index) -> str:
    """Where the matrix begins that is at ``index`` among others."""
    steps = [f" + {entry} * {stride}" for entry, stride in zip(index, place.strides, strict=False)]
    return place.name + "".join(steps)

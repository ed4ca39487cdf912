"""Where the tensors of a graph lie while the C++ runs."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from torch import Tensor, fx

from handgrad.engine.cpp._formulas import C_TYPES
from handgrad.engine.cpp._views import VIEWS, Index, strides_of_view

_ALIGNMENT = 64


def tensor_of(node: fx.Node) -> Tensor:
    """What the node was when it was traced: its shape, dtype and strides count."""
    value = node.meta["val"]
    assert isinstance(value, Tensor)
    return value


class Place(NamedTuple):
    """A C++ pointer to the first entry and how far it is to the next in each dimension; a number is a C++ variable."""

    name: str
    strides: tuple[int, ...]


class Memory:
    """What lies where: inputs as they come, results one after another in one block.

    Attributes:
        size: of the block, in bytes.
    """

    def __init__(self) -> None:
        self.size = 0
        self._places: dict[fx.Node, Place] = {}

    def __contains__(self, node: fx.Node) -> bool:
        return node in self._places

    def put(self, node: fx.Node, name: str) -> str:
        """Let an input lie where the pointer ``name`` points to."""
        self._places[node] = Place(name, tuple(tensor_of(node).stride()))
        return name

    def make(self, node: fx.Node, name: str) -> str:
        """Give a result room in the block, and return the declaration of its pointer."""
        tensor = tensor_of(node)
        self._places[node] = Place(name, contiguous(tensor.shape))
        return self.room(name, C_TYPES[tensor.dtype], tensor.numel() * tensor.element_size())

    def room(self, name: str, c_type: str, size: int) -> str:
        """The declaration of a pointer to ``size`` bytes of the block."""
        start, self.size = self.size, self.size + -(-size // _ALIGNMENT) * _ALIGNMENT
        return f"{c_type}* const {name} = reinterpret_cast<{c_type}*>(block + {start});"

    def entry(self, node: fx.Node, index: Index) -> str:
        """The C++ of an entry."""
        place = self._places[node]
        if not index:
            return place.name
        terms = [entry if stride == 1 else f"{entry} * {stride}" for entry, stride in zip(index, place.strides, strict=True)]
        return f"{place.name}[{' + '.join(term for term, entry in zip(terms, index, strict=True) if entry != '0') or '0'}]"

    def place(self, node: fx.Node) -> Place | None:
        """Where a tensor lies, or what it is a view of; None if that is no memory, or not evenly spaced."""
        if node in self._places:
            return self._places[node]
        if node.target not in VIEWS:
            return None
        of, *rest = node.args
        assert isinstance(of, fx.Node)
        place = self.place(of)
        shape, own = tensor_of(node).shape, tensor_of(of).shape
        if place is None:
            return None
        view = VIEWS[node.target]
        strides = strides_of_view(shape, place.strides, lambda index: view(index, shape, own, tuple(rest)))
        return None if strides is None else Place(place.name, strides)


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a tensor in one piece."""
    return tuple(prod(shape[dim + 1 :]) for dim in range(len(shape)))

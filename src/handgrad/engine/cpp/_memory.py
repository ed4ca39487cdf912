"""Where the tensors of a graph lie while the C++ runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import prod
from typing import Any, NamedTuple

from torch import Tensor, fx

from handgrad.engine.cpp._formulas import c_type
from handgrad.engine.cpp._loops import Lines
from handgrad.engine.cpp._rooms import Room, laid_out
from handgrad.engine.cpp._views import RESHAPES, VIEWS, Index, strides_of_view

_ALIGNMENT = 64


def tensor_of(node: Any) -> Tensor:
    """What the node was when it was traced: its shape, dtype and strides count."""
    value: Tensor = node.meta["val"]
    return value


def arguments_of(node: fx.Node) -> tuple[Any, ...]:
    """What the op is called with: nodes, numbers, lists of them."""
    return node.args


def c_type_of(node: fx.Node) -> str:
    """C++'s name of the dtype."""
    return c_type(tensor_of(node).dtype)


class Place(NamedTuple):
    """A C++ pointer to the first entry, and how far it is to the next in each dimension; a number is a C++ variable."""

    name: str
    strides: tuple[int, ...]


class Memory:
    """What lies where: inputs as they come, results in rooms of a working memory."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self._places: dict[fx.Node, Place] = {}
        self._numbers = count()

    def __contains__(self, node: fx.Node) -> bool:
        return node in self._places

    def name(self) -> str:
        """A C++ name that is new."""
        return f"t{next(self._numbers)}"

    def put(self, node: fx.Node, name: str, strides: Sequence[int] | None = None) -> None:
        """Let a tensor lie where the pointer ``name`` points to, with its own strides or others; let a number be that variable."""
        self._places[node] = Place(name, tuple(tensor_of(node).stride() if strides is None else strides))

    def make(self, node: fx.Node) -> str:
        """Give a result room, all in one piece; return its pointer."""
        tensor = tensor_of(node)
        self._places[node] = Place(self.room(node, tensor.numel()), contiguous(tensor.shape))
        return self._places[node].name

    def room(self, like: fx.Node, entries: int) -> str:
        """A pointer to as many entries of the dtype of a tensor."""
        name = self.name()
        self._rooms[name] = Room(
            c_type_of(like), -(-entries * tensor_of(like).element_size() // _ALIGNMENT) * _ALIGNMENT
        )
        return name

    def laid_out(self, parts: Sequence[Lines]) -> tuple[Lines, int]:
        """The pointers into the working memory, and its bytes, for statements in order; see `laid_out`."""
        return laid_out(self._rooms, parts)

    def entry(self, node: fx.Node, index: Index) -> str | None:
        """The C++ of an entry of a tensor in memory, or of a view of one; None for any other."""
        place = self.place(node)
        if place is None or not index:
            return place and place.name
        pairs = [(entry, stride) for entry, stride in zip(index, place.strides, strict=True) if entry != "0" and stride]
        steps = [entry if stride == 1 else f"{entry} * {stride}" for entry, stride in pairs]
        return f"{place.name}[{' + '.join(steps) or '0'}]"

    def place(self, node: fx.Node) -> Place | None:
        """Where a tensor lies, or what it is a view of; None if that is no memory or not evenly spaced."""
        if node in self._places:
            return self._places[node]
        if node.target not in VIEWS or not tensor_of(node).dim():
            return None
        of, *rest = arguments_of(node)
        place = self.place(of) if tensor_of(of).dim() else None  # a number lies in a register
        if place is None:
            return None
        shape, own, view = tensor_of(node).shape, tensor_of(of).shape, VIEWS[node.target]
        if node.target in RESHAPES and place.strides == contiguous(own):
            return Place(place.name, contiguous(shape))
        strides = strides_of_view(shape, place.strides, lambda index: view(index, shape, own, tuple(rest)))
        return None if strides is None else Place(place.name, strides)


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a tensor in one piece."""
    return tuple(prod(shape[dim + 1 :]) for dim in range(len(shape)))

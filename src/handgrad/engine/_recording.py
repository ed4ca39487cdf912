"""Which kernels a computation runs, and where in memory each of them reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from handgrad.ops._hand_function import watching

_ALLOCATIONS = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided"}


class Place(NamedTuple):
    """A tensor by where its numbers lie: a view into a numbered storage."""

    storage: int
    dtype: torch.dtype
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int


class Scalar(NamedTuple):
    """Stands for a number among the arguments of a call that is another one from time to time, by its name."""

    name: str


@dataclass
class Call:
    """A kernel to be run. Tensors among the arguments are `Place`s.

    Attributes:
        op: which one; for what is no kernel of torch's own, a function.
        arguments: its positional arguments.
        keywords: its keyword arguments.
        results: what it has made: storages that did not exist before.
        writes: the storages whose contents it has set.
        reads: the storages that it has used.
    """

    op: OpOverload | Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    results: tuple[Place, ...] = ()
    writes: frozenset[int] = frozenset()
    reads: frozenset[int] = frozenset()


@dataclass
class Recording:
    """The kernels of a computation in order.

    Attributes:
        calls: the kernels, but for views, which cost nothing once they are made.
        sizes: the bytes of each storage that was made on the way.
        outside: the tensors that were there before, by storage; one for each storage.
        device: where the computation took place.
    """

    device: torch.device
    calls: list[Call] = field(default_factory=list)
    sizes: dict[int, int] = field(default_factory=dict)
    outside: dict[int, Tensor] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)

    def place(self, tensor: Tensor) -> Place:
        """Where ``tensor`` lies, during the recording; a storage that is not known yet was there before."""
        key = tensor.untyped_storage()._cdata
        if key not in self._numbers:
            return self.adopt(tensor)
        layout = tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset())
        return Place(self._numbers[key], tensor.dtype, *layout)

    def adopt(self, tensor: Tensor) -> Place:
        """Where a tensor from outside lies that no call has seen yet."""
        number = self._numbers[tensor.untyped_storage()._cdata] = self._new()
        self.outside[number] = tensor
        return self.place(tensor)

    def add(self, op: OpOverload, arguments: tuple[Any, ...], keywords: dict[str, Any], result: Any) -> None:
        """Take note of a kernel, and of what it would have given."""
        places, words = self._places(arguments), self._places(keywords)
        if all(own.alias_info is None or not own.alias_info.is_write for own in op._schema.arguments):
            made = [self._made(tensor) for tensor in _tensors(result)]
        else:
            made = []  # it has written into its arguments
        if op._schema.name.removeprefix("aten::") in _ALLOCATIONS:
            return
        written = {place.storage for place in (*made, *_written(op, places, words, Place))}
        read = {place.storage for place in found((places, words), Place)}
        self.calls.append(Call(op, places, words, tuple(made), frozenset(written), frozenset(read)))

    def _made(self, tensor: Tensor) -> Place:
        number = self._new()
        self._numbers[tensor.untyped_storage()._cdata] = number  # a dead storage may have had this address
        self.sizes[number] = tensor.untyped_storage().nbytes()
        return self.place(tensor)

    def _new(self) -> int:
        return len(self.sizes) + len(self.outside)

    def _places(self, value: Any) -> Any:
        return mapped(value, Tensor, self.place)


class _Recorder(TorchDispatchMode):
    def __init__(self, recording: Recording) -> None:
        TorchDispatchMode.__init__(self, None)
        self._recording = recording

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        keywords = kwargs or {}
        if _is_view(func):
            return func(*args, **keywords)
        result = self._run(func, args, keywords)
        self._recording.add(func, args, keywords, result)
        return result

    def _run(self, op: OpOverload, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What the kernel would give, of the right layout but without the numbers: nobody looks at them, and they cost time."""
        if op._schema.is_mutable:
            written = _written(op, arguments, keywords, Tensor)
            return written[0] if len(written) == 1 else tuple(written)
        try:
            result = op(*mapped(arguments, Tensor, _without_numbers), **mapped(keywords, Tensor, _without_numbers))
        except (
            NotImplementedError,
            RuntimeError,
        ):  # it cannot say; or the arguments are wrong, and then it will complain again
            return op(*arguments, **keywords)
        return mapped(result, Tensor, self._with_room)

    def _with_room(self, tensor: Tensor) -> Tensor:
        device = self._recording.device
        return torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device=device)


@contextmanager
def recorded(device: torch.device) -> Iterator[Recording]:
    """Record every kernel that would run in this block. None does: what they give are tensors without numbers."""
    recording = Recording(device)
    with watching(_Recorder(recording)):
        yield recording


def _without_numbers(tensor: Tensor) -> Tensor:
    return torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="meta")


def mapped(value: Any, kind: type[Any], function: Callable[[Any], Any]) -> Any:
    """``value`` with ``function`` of every ``kind`` in its lists, tuples and dictionaries."""
    if isinstance(value, kind):
        return function(value)
    if isinstance(value, dict):
        return {key: mapped(item, kind, function) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(mapped(item, kind, function) for item in value)
    return value


def found(value: Any, kind: type[Any]) -> list[Any]:
    """Every ``kind`` in the lists, tuples and dictionaries of ``value``."""
    found: list[Any] = []
    mapped(value, kind, found.append)
    return found


def _tensors(value: Any) -> list[Tensor]:
    return found(value, Tensor)


def _written(op: OpOverload, arguments: tuple[Any, ...], keywords: dict[str, Any], kind: type[Any]) -> list[Any]:
    """The arguments that a kernel writes into, each a ``kind``."""
    schema = op._schema.arguments
    values = {own.name: value for own, value in zip(schema, arguments, strict=False)} | keywords
    written = [values.get(own.name) for own in schema if own.alias_info is not None and own.alias_info.is_write]
    return found(written, kind)


def _is_view(op: OpOverload) -> bool:
    returned = [own.alias_info for own in op._schema.returns]
    return any(alias is not None and not alias.is_write for alias in returned)

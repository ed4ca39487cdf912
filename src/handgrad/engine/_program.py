"""A recorded computation that runs again and again on the same memory.

Python, the dispatcher and the allocator cost more than the arithmetic of a small net: a product of matrices of 32 × 16 numbers
takes 1 µs, and so does each view, each allocation and each question about a shape. None of it changes from step to step. So the
kernels are recorded once; then their views are made, their buffers are allocated, and what is left of a step is written down as a
Python function: a line for each kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

from handgrad.engine._arenas import arenas
from handgrad.engine._delayed import delayed
from handgrad.engine._kernel import Kernel, buffered, mutating
from handgrad.engine._recording import Call, Place, Recording, Scalar
from handgrad.engine._source import Source
from handgrad.engine._written_over import written_over

_LARGE = 2**22
"""Bytes from which a tensor is allocated anew in each step, which costs little beside its numbers, and freed when it is dead: what
kernels allocate that take no buffer, such as oneDNN's products, has the same memory then."""


class Program:
    """The calls of a recording, on memory of their own.

    Args:
        calls: the kernels in order.
        recording: what they were recorded in.
        fed: places that are other tensors in each step: its inputs, and results that leave it.
        kept: places whose contents are wanted after a step.
        scalars: numbers that are others in each run.

    Attributes:
        source: what is run, as Python.
    """

    def __init__(
        self,
        calls: Sequence[Call],
        recording: Recording,
        fed: Sequence[Place],
        kept: Sequence[Place] = (),
        scalars: Sequence[Scalar] = (),
    ) -> None:
        self._device = recording.device
        self._fed = [place.storage for place in fed]
        fixed = constants(calls, recording.sizes.keys() - set(self._fed))
        lasting = {place.storage for place in kept} | fixed
        calls = written_over(delayed(calls), {*recording.outside, *self._fed, *lasting})
        large = {key for key, size in recording.sizes.items() if size >= _LARGE} - {*self._fed, *lasting}
        self._buffered = {id(call): None if _makes(call, large) else buffered(call) for call in calls}
        made = {call.results[0].storage for call in calls if call.results and self._buffered[id(call)] is None}
        self._unbuffered = made - lasting - set(self._fed)
        sizes = {key: size for key, size in recording.sizes.items() if key not in {*self._fed, *self._unbuffered}}
        self._storages = {storage: tensor.untyped_storage() for storage, tensor in recording.outside.items()}
        once, each = [[call for call in calls if (call.writes <= fixed) is constant] for constant in (True, False)]
        self._storages |= _allocated(once, sizes, fixed, self._device)
        self._storages |= _allocated(each, {key: sizes[key] for key in sizes.keys() - fixed}, lasting, self._device)
        self._written(once).compiled()([()], _nothing)
        source = self._written(each)
        self._run, self._views, self.source = source.compiled(scalars), list(source.views), source.text(scalars)

    def run(
        self, batches: Sequence[Tensor], scalars: Sequence[float] = (), after: Callable[[], object] | None = None
    ) -> None:
        """Run once for each step.

        Args:
            batches: for each of the places that are fed a contiguous tensor with one more dimension in front: the steps.
            scalars: the numbers of this run.
            after: what is called after each step.
        """
        batch_of = dict(zip(self._fed, batches, strict=True))
        views = [_each_step(batch_of[place.storage], place) for place in self._views]
        # Inference mode saves each kernel a question; but what an optimizer makes after a step must be ordinary tensors.
        with torch.inference_mode(after is None):
            self._run(zip(*views, strict=True), after or _nothing, *scalars)

    def tensor(self, place: Place) -> Tensor:
        """The tensor at a place that is the same in every step."""
        made = torch.empty(0, dtype=place.dtype, device=self._device)
        return made.set_(self._storages[place.storage], place.offset, place.size, place.stride)

    def _written(self, calls: Sequence[Call]) -> Source:
        source = Source(self.tensor, self._fed)
        for call in calls:
            function, keywords = self._kernel(call)
            returned = self._buffered[id(call)] is None and {own.storage for own in call.results} <= self._unbuffered
            result = call.results[0] if call.results and returned else None
            source.call(function, call.arguments, keywords, result)
        return source

    def _kernel(self, call: Call) -> tuple[Kernel, dict[str, Any]]:
        """What is called for a call, and with which keywords."""
        if not isinstance(call.op, OpOverload):
            return call.op, call.keywords
        if not call.results:
            return mutating(call.op), call.keywords
        kernel = self._buffered[id(call)]
        if kernel is not None:
            return kernel
        if call.results[0].storage in self._unbuffered:
            return call.op, call.keywords
        return _copied, call.keywords | {"op": call.op, "out": call.results[0]}


def constants(calls: Sequence[Call], storages: Collection[int]) -> set[int]:
    """The storages whose contents depend on nothing but numbers, such as the 1/B of a mean: they are computed once."""
    fixed = {storage for call in calls for storage in call.writes} & set(storages)
    while changing := {storage for call in calls if not call.reads <= fixed for storage in call.writes} & fixed:
        fixed -= changing
    return fixed


def _makes(call: Call, storages: Collection[int]) -> bool:
    """Whether what a kernel makes is one of these storages, and nothing else."""
    made = [place.storage for place in call.results]
    return len(made) == 1 and made[0] in storages and made[0] not in call.reads


def _allocated(
    calls: Sequence[Call], sizes: dict[int, int], kept: Collection[int], device: torch.device
) -> dict[int, torch.UntypedStorage]:
    """Memory for every storage that the calls write; storages that are never alive at once share it."""
    memory: dict[int, torch.UntypedStorage] = {}
    placed = arenas([call.reads | call.writes for call in calls], sizes, kept)
    for storage, arena in placed.items():
        if arena not in memory:
            memory[arena] = torch.UntypedStorage(sizes[storage], device=device)
    return {storage: memory[arena] for storage, arena in placed.items()}


def _each_step(batches: Tensor, place: Place) -> tuple[Tensor, ...]:
    """The view that ``place`` is of the tensor of one step, for every step."""
    size, stride = (len(batches), *place.size), (batches.stride(0), *place.stride)
    return batches.as_strided(size, stride, batches.storage_offset() + place.offset).unbind()


def _copied(*arguments: Any, op: Kernel, out: Tensor, **keywords: Any) -> None:
    """Run a kernel that allocates its result itself."""
    out.copy_(op(*arguments, **keywords))


def _nothing() -> None:
    """What is done after a step by default."""

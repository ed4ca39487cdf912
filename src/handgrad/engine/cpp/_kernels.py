"""Statements that compute a whole tensor into memory."""

from __future__ import annotations

import torch
from torch import fx

from handgrad.engine.cpp._formulas import UntranslatableError, c_type, literal
from handgrad.engine.cpp._loops import SIMD, Lines, indices, loops
from handgrad.engine.cpp._memory import Memory, Place, arguments_of, c_type_of, contiguous, tensor_of
from handgrad.engine.cpp._products import PRODUCTS, matrix, product
from handgrad.engine.cpp._scope import Scope
from handgrad.engine.cpp._views import Index

_aten = torch.ops.aten
_SUMS = {_aten.sum.default, _aten.sum.dim_IntList}
REDUCTIONS = {*_SUMS, _aten.amax.default}


def kernel(node: fx.Node, memory: Memory) -> Lines:
    """Compute a tensor and leave it in memory.

    Raises:
        UntranslatableError: an op has no C++ here.
    """
    if node.target in PRODUCTS:
        return product(node, memory)
    if node.target in REDUCTIONS:
        return _reduction(node, memory)
    scope, shape = Scope(memory), tensor_of(node).shape
    formula = scope.formula(node, indices(shape))
    if not shape:
        name = memory.name()
        memory.put(node, name)
        return [*scope.lines, f"const {c_type_of(node)} {name} = {formula};"]
    memory.make(node)
    return loops(indices(shape), shape, [*scope.lines, f"{memory.entry(node, indices(shape))} = {formula};"])


def _reduction(node: fx.Node, memory: Memory) -> Lines:
    """A sum, or a maximum over the last dimensions."""
    of, *rest = arguments_of(node)
    shape = tensor_of(of).shape
    dims = sorted(dim % len(shape) for dim in rest[0]) if rest and rest[0] else list(range(len(shape)))
    if dims == list(range(len(shape) - len(dims), len(shape))):
        return _over_last(node, memory, len(shape) - len(dims))
    place = memory.place(of)
    if node.target in _SUMS and place and place.strides[-1] == 1 and place.strides[-2] and dims == [len(shape) - 2]:
        return _column_sums(node, place, memory)
    if node.target in _SUMS:
        return _in_memory(node, memory, dims)
    raise UntranslatableError(f"no C++ is written down for {node.target} over dimensions {dims} of {len(shape)}")


def _over_last(node: fx.Node, memory: Memory, kept: int) -> Lines:
    shape, total, sums = tensor_of(arguments_of(node)[0]).shape, memory.name(), node.target in _SUMS
    index = indices(shape)
    lines, entry = _summand(node, memory, index)
    dtype = tensor_of(node).dtype
    start = literal(0 if sums else float("-inf"), dtype)
    add = f"{total} += {entry};" if sums else f"{total} = larger({total}, {entry});"
    pragma = f"{SIMD} reduction(+ : {total})" if sums else None
    lines = [f"{c_type(dtype)} {total} = {start};", *loops(index[kept:], shape[kept:], [*lines, add], pragma)]
    if not tensor_of(node).dim():
        memory.put(node, total)
        return lines
    memory.make(node)
    at = memory.entry(node, index[:kept] + ("0",) * (tensor_of(node).dim() - kept))
    return loops(index[:kept], shape[:kept], [*lines, f"{at} = {total};"], None)


def _column_sums(node: fx.Node, place: Place, memory: Memory) -> Lines:
    """The sums of the columns of a matrix, or of each of a row of them: the product with a row of ones."""
    *batch, k, n = tensor_of(arguments_of(node)[0]).shape
    index, entry = indices(batch), c_type_of(node)
    into = Place(memory.make(node), contiguous((*batch, n)))
    columns = f"{matrix(place, index)}, {place.strides[-2]}"
    line = f"product<{entry}, 1, {n}, {k}>(&one<{entry}>, 0, 0, {columns}, {matrix(into, index)}, {n});"
    return loops(index, batch, [line], None)


def _in_memory(node: fx.Node, memory: Memory, dims: list[int]) -> Lines:
    """A sum over dimensions before the last, in the order in which the summands lie."""
    shape = tensor_of(arguments_of(node)[0]).shape
    index = indices(shape)
    lines, entry = _summand(node, memory, index)
    memory.make(node)
    keeps = tensor_of(node).dim() == len(shape)
    kept = [dim for dim in range(len(shape)) if dim not in dims]
    at = memory.entry(
        node, tuple("0" if dim in dims else index[dim] for dim in range(len(shape)) if keeps or dim in kept)
    )
    clear = loops([index[dim] for dim in kept], [shape[dim] for dim in kept], [f"{at} = 0;"])
    return [*clear, *loops(index, shape, [*lines, f"{at} += {entry};"])]


def _summand(node: fx.Node, memory: Memory, index: Index) -> tuple[Lines, str]:
    """What is summed, in the dtype of the sum."""
    scope = Scope(memory)
    entry = scope.converted(arguments_of(node)[0], index, tensor_of(node).dtype)
    return scope.lines, entry

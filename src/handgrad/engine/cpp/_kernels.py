"""Statements that compute a whole tensor into memory."""

from __future__ import annotations

import torch
from torch import fx

from handgrad.engine.cpp._formulas import C_TYPES, literal
from handgrad.engine.cpp._loops import SIMD, Lines, indices, loops
from handgrad.engine.cpp._memory import Memory, arguments_of, c_type_of, tensor_of
from handgrad.engine.cpp._scope import Scope, UntranslatableError
from handgrad.engine.cpp._views import Index

_aten = torch.ops.aten
_SUMS = {_aten.sum.default, _aten.sum.dim_IntList}
REDUCTIONS = {*_SUMS, _aten.amax.default}
PRODUCT = _aten.mm.default


def kernel(node: fx.Node, memory: Memory) -> Lines:
    """Compute a tensor and leave it in memory.

    Raises:
        UntranslatableError: an op has no C++ here.
    """
    if node.target is PRODUCT:
        return _product(node, memory)
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


def _product(node: fx.Node, memory: Memory) -> Lines:
    """The product of two matrices. The second must have rows in one piece, or its transpose, which is packed anew then."""
    a, b = arguments_of(node)
    (m, k), n = tensor_of(a).shape, tensor_of(b).shape[1]
    left, right = memory.place(a), memory.place(b)
    if left is None or right is None or (n > 1 and 1 not in right.strides):
        raise UntranslatableError("aten.mm of matrices that are not evenly spaced")
    packed = n > 1 and right.strides[1] != 1
    name, lines = right.name, []
    if packed:
        name = memory.room(node, k * n)
        lines.append(f"pack<{c_type_of(node)}, {n}, {k}>({right.name}, {right.strides[1]}, {name});")
    sizes = f"{c_type_of(node)}, {m}, {n}, {k}, {'true' if packed else 'false'}"
    first, second = f"{left.name}, {left.strides[0]}, {left.strides[1]}", f"{name}, {right.strides[0]}"
    return [*lines, f"product<{sizes}>({first}, {second}, {memory.make(node)}, {n});"]


def _reduction(node: fx.Node, memory: Memory) -> Lines:
    """A sum or maximum over the first dimensions or over the last ones."""
    of, *rest = arguments_of(node)
    shape = tensor_of(of).shape
    dims = sorted(dim % len(shape) for dim in rest[0]) if rest and rest[0] else list(range(len(shape)))
    if dims == list(range(len(shape) - len(dims), len(shape))):
        return _over_last(node, memory, len(shape) - len(dims))
    if dims == list(range(len(dims))) and node.target in _SUMS:
        return _over_first(node, memory, len(dims))
    raise UntranslatableError(f"{node.target} over dimensions {dims} of {len(shape)}")


def _over_last(node: fx.Node, memory: Memory, kept: int) -> Lines:
    shape, total, sums = tensor_of(arguments_of(node)[0]).shape, memory.name(), node.target in _SUMS
    index = indices(shape)
    lines, entry = _summand(node, memory, index)
    dtype = tensor_of(node).dtype
    start = literal(0 if sums else float("-inf"), dtype)
    add = f"{total} += {entry};" if sums else f"{total} = larger({total}, {entry});"
    pragma = f"{SIMD} reduction(+ : {total})" if sums else None
    lines = [f"{C_TYPES[dtype]} {total} = {start};", *loops(index[kept:], shape[kept:], [*lines, add], pragma)]
    if not tensor_of(node).dim():
        memory.put(node, total)
        return lines
    memory.make(node)
    at = memory.entry(node, index[:kept] + ("0",) * (tensor_of(node).dim() - kept))
    return loops(index[:kept], shape[:kept], [*lines, f"{at} = {total};"], None)


def _over_first(node: fx.Node, memory: Memory, summed: int) -> Lines:
    shape = tensor_of(arguments_of(node)[0]).shape
    index = indices(shape)
    lines, entry = _summand(node, memory, index)
    memory.make(node)
    at = memory.entry(node, ("0",) * (tensor_of(node).dim() - len(shape) + summed) + index[summed:])
    clear = loops(index[summed:], shape[summed:], [f"{at} = 0;"])
    return [*clear, *loops(index, shape, [*lines, f"{at} += {entry};"])]


def _summand(node: fx.Node, memory: Memory, index: Index) -> tuple[Lines, str]:
    """What is summed, in the dtype of the sum."""
    scope = Scope(memory)
    entry = scope.converted(arguments_of(node)[0], index, tensor_of(node).dtype)
    return scope.lines, entry

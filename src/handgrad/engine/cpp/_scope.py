"""The C++ of one entry of a tensor, from what it was computed from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx
from torch._ops import OpOverload

from handgrad.engine.cpp._formulas import COMPARISONS, ENTRYWISE, UntranslatableError, c_type, common_dtype, literal
from handgrad.engine.cpp._memory import Memory, arguments_of, tensor_of
from handgrad.engine.cpp._views import VIEWS, Index, broadcast

_aten = torch.ops.aten
FILLED = {_aten.full.default: 1, _aten.scalar_tensor.default: 0}
"""Ops whose entries are all one number, and which argument it is."""


class Scope:
    """Statements that compute entries at some indices, each once.

    Args:
        memory: where each tensor lies that lies in memory.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._known: dict[tuple[fx.Node, Index], str] = {}
        self.lines: list[str] = []

    def entry(self, node: fx.Node, index: Index) -> str:
        """The C++ of an entry of a tensor."""
        there = self._memory.entry(node, index)
        if there is not None:
            return there
        key = node, index
        if key not in self._known:
            formula = self.formula(node, index)
            self._known[key] = self._memory.name()
            self.lines.append(f"const {c_type(tensor_of(node).dtype)} {self._known[key]} = {formula};")
        return self._known[key]

    def formula(self, node: fx.Node, index: Index) -> str:
        """How the entry is computed.

        Raises:
            UntranslatableError: nobody has written that down here.
        """
        target: Any = node.target
        dtype, shape = tensor_of(node).dtype, tensor_of(node).shape
        if target in FILLED:
            return literal(arguments_of(node)[FILLED[target]], dtype)
        if target in VIEWS:
            of, *rest = arguments_of(node)
            return self.entry(of, VIEWS[target](index, shape, tensor_of(of).shape, tuple(rest)))
        if target in ENTRYWISE:
            return ENTRYWISE[target].format(
                *(self.converted(own, index, dtype) for own in arguments_of(node)), T=c_type(dtype)
            )
        if target in COMPARISONS:
            compared = common_dtype([tensor_of(own).dtype for own in arguments_of(node) if isinstance(own, fx.Node)])
            return COMPARISONS[target].format(*(self.converted(own, index, compared) for own in arguments_of(node)))
        if target not in _RULES:
            raise UntranslatableError(f"no C++ is written down for {target}")
        return _RULES[target](self, node, index, dtype)

    def converted(self, argument: Any, index: Index, dtype: torch.dtype) -> str:
        """The C++ of an argument of a formula: a number, or an entry of a tensor that is broadcast, as a ``dtype``."""
        if not isinstance(argument, fx.Node):
            return literal(argument, dtype)
        own = tensor_of(argument)
        entry = self.entry(argument, broadcast(index, own.shape))
        return entry if own.dtype is dtype else f"{c_type(dtype)}({entry})"


def _where(scope: Scope, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
    which, *values = arguments_of(node)
    first, second = (scope.converted(own, index, dtype) for own in values)
    return f"{scope.converted(which, index, torch.bool)} ? {first} : {second}"


def _arange(scope: Scope, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
    return f"{c_type(dtype)}({index[0]})"


def _gather(scope: Scope, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
    of, dim, at = arguments_of(node)
    dim %= tensor_of(of).dim()
    return scope.entry(of, (*index[:dim], scope.entry(at, index), *index[dim + 1 :]))


def _index(scope: Scope, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
    of, at = arguments_of(node)
    if len(at) != 1 or tensor_of(of).dim() != 1:
        raise UntranslatableError("aten.index of more than one dimension")
    return scope.entry(of, (scope.entry(at[0], index),))


def _scatter_add(scope: Scope, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
    into, dim, at, source = arguments_of(node)
    if tensor_of(at).shape[dim] != 1:
        raise UntranslatableError("aten.scatter_add of more than one entry a row")
    first = tuple("0" if own == dim % len(index) else entry for own, entry in enumerate(index))
    here = f"{index[dim]} == {scope.entry(at, first)}"
    return f"{scope.converted(into, index, dtype)} + ({here} ? {scope.converted(source, first, dtype)} : {literal(0, dtype)})"


_RULES: dict[OpOverload, Callable[[Scope, fx.Node, Index, torch.dtype], str]] = {
    _aten.where.self: _where,
    _aten.arange.default: _arange,
    _aten.gather.default: _gather,
    _aten.index.Tensor: _index,
    _aten.scatter_add.default: _scatter_add,
}

"""The C++ of one entry of a tensor, from what it was computed from."""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from handgrad.engine.cpp._formulas import C_TYPES, COMPARISONS, ENTRYWISE, common_dtype, literal
from handgrad.engine.cpp._memory import Memory, tensor_of
from handgrad.engine.cpp._views import VIEWS, Index, broadcast

_aten = torch.ops.aten
FILLED = {_aten.full.default: 1, _aten.scalar_tensor.default: 0}
"""Ops whose entries are all one number, and which argument it is."""


class UntranslatableError(NotImplementedError):
    """An op has no C++ here."""


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
        if node in self._memory:
            return self._memory.entry(node, index)
        key = node, index
        if key not in self._known:
            formula = self.formula(node, index)
            self._known[key] = f"v{len(self._known)}"
            self.lines.append(f"const {C_TYPES[tensor_of(node).dtype]} {self._known[key]} = {formula};")
        return self._known[key]

    def formula(self, node: fx.Node, index: Index) -> str:
        """How the entry is computed.

        Raises:
            UntranslatableError: nobody has written that down here.
        """
        target: Any = node.target
        dtype, shape = tensor_of(node).dtype, tensor_of(node).shape
        if target in FILLED:
            return literal(node.args[FILLED[target]], dtype)  # type: ignore[arg-type]
        if target in VIEWS:
            of, *rest = node.args
            return self.entry(of, VIEWS[target](index, shape, tensor_of(of).shape, tuple(rest)))
        if target in ENTRYWISE:
            return ENTRYWISE[target].format(*(self.converted(own, index, dtype) for own in node.args), T=C_TYPES[dtype])
        if target in COMPARISONS:
            compared = common_dtype([tensor_of(own).dtype for own in node.args if isinstance(own, fx.Node)])
            return COMPARISONS[target].format(*(self.converted(own, index, compared) for own in node.args))
        rule = getattr(self, f"_{target.overloadpacket.__name__}", None)
        if rule is None:
            raise UntranslatableError(str(target))
        return rule(node, index, dtype)

    def converted(self, argument: Any, index: Index, dtype: torch.dtype) -> str:
        """The C++ of an argument of a formula: a number, or an entry of a tensor that is broadcast, as a ``dtype``."""
        if not isinstance(argument, fx.Node):
            return literal(argument, dtype)
        own = tensor_of(argument)
        entry = self.entry(argument, broadcast(index, own.shape))
        return entry if own.dtype is dtype else f"{C_TYPES[dtype]}({entry})"

    def _where(self, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
        condition = self.converted(node.args[0], index, torch.bool)
        return f"{condition} ? {self.converted(node.args[1], index, dtype)} : {self.converted(node.args[2], index, dtype)}"

    def _arange(self, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
        return f"{C_TYPES[dtype]}({index[0]})"

    def _gather(self, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
        of, dim, at = node.args
        dim %= tensor_of(of).dim()
        return self.entry(of, (*index[:dim], self.entry(at, index), *index[dim + 1 :]))

    def _index(self, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
        of, at = node.args
        if len(at) != 1 or tensor_of(of).dim() != 1:
            raise UntranslatableError("aten.index of more than one dimension")
        return self.entry(of, (self.entry(at[0], index),))

    def _scatter_add(self, node: fx.Node, index: Index, dtype: torch.dtype) -> str:
        into, dim, at, source = node.args
        if tensor_of(at).shape[dim] != 1:
            raise UntranslatableError("aten.scatter_add of more than one entry a row")
        first = tuple("0" if own == dim % len(index) else entry for own, entry in enumerate(index))
        here = f"{index[dim]} == {self.entry(at, first)}"
        return f"{self.converted(into, index, dtype)} + ({here} ? {self.converted(source, first, dtype)} : {literal(0, dtype)})"

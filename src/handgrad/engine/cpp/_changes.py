"""Statements at the end of a step: parameters, and what is kept for them, become what they are to be."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import fx

from handgrad.engine.cpp._kernels import kernel
from handgrad.engine.cpp._loops import SIMD, Lines, block, indices, loops
from handgrad.engine.cpp._memory import Memory, c_type_of, tensor_of
from handgrad.engine.cpp._order import Change, Turn
from handgrad.engine.cpp._products import COLUMNS, Factors
from handgrad.engine.cpp._scope import Scope
from handgrad.engine.cpp._views import VIEWS, Index

_MUCH = 2**16
"""Numbers of a gradient from which it is not computed as a whole."""


def changed(turn: Turn, memory: Memory) -> Lines:
    """Overwrite a parameter and what is kept for it, entry by entry: whatever a formula reads is still what it was."""
    large = [node for node in turn.made if _goes_in_strips(node)]
    lines = [line for node in turn.made if node not in large[:1] for line in kernel(node, memory)]
    for shape in dict.fromkeys(tensor_of(before).shape for before, _ in turn.group):
        own = [change for change in turn.group if tensor_of(change[0]).shape == shape]
        if large and tensor_of(large[0]).shape == shape:
            lines += _in_strips(large[0], own, memory)
        else:
            lines += loops(indices(shape), shape, _changes(own, indices(shape), memory))
    return lines


def _changes(changes: Sequence[Change], index: Index, memory: Memory) -> Lines:
    scope = Scope(memory)
    entries = [scope.entry(after, index) for _, after in changes]
    places = [scope.entry(before, index) for before, _ in changes]
    if not index:
        places = [place.replace("in", "*at") for place in places]
    return [*scope.lines, *(f"{place} = {entry};" for place, entry in zip(places, entries, strict=True))]


def _goes_in_strips(node: fx.Node) -> bool:
    """Whether a gradient is large, and read entry by entry, each where it is."""
    return (
        node.target is torch.ops.aten.mm.default
        and tensor_of(node).numel() >= _MUCH
        and tensor_of(node).shape[1] > COLUMNS
        and all(tensor_of(user).shape == tensor_of(node).shape and user.target not in VIEWS for user in _users(node))
    )


def _users(node: fx.Node) -> set[fx.Node]:
    """Whose entries depend on it, but for the output of the graph."""
    direct = {user for user in node.users if user.op == "call_function"}
    return direct.union(*map(_users, direct))


def _in_strips(gradient: fx.Node, changes: Sequence[Change], memory: Memory) -> Lines:
    """Columns of a gradient, and what they change, then the next ones: it never exists as a whole."""
    factors, (rows, columns) = Factors(gradient, memory), tensor_of(gradient).shape
    strip, shifted, index = memory.room(gradient, rows * COLUMNS), memory.name(), ("i0", "i1")
    memory.put(gradient, shifted, (COLUMNS, 1))
    whole, lines = columns - columns % COLUMNS, Lines()
    for first, width, end in ((0, COLUMNS, whole), (whole, columns - whole, columns)):
        if width:
            inner = _changes(changes, index, memory)
            of_row = [SIMD, *block(f"for (int64_t i1 = first; i1 < first + {width}; ++i1)", inner)]
            body = [
                factors.times((), strip, COLUMNS, "first", width),
                f"{c_type_of(gradient)}* const {shifted} = {strip} - first;",
                *block(f"for (int64_t i0 = 0; i0 < {rows}; ++i0)", of_row),
            ]
            lines += block(f"for (int64_t first = {first}; first < {end}; first += {width})", body)
    return lines

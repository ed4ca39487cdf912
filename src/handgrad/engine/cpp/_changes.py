"""Statements at the end of a step: parameters, and what is kept for them, become what they are to be."""

from __future__ import annotations

from handgrad.engine.cpp._loops import Lines, indices, loops
from handgrad.engine.cpp._memory import Memory, tensor_of
from handgrad.engine.cpp._order import Group
from handgrad.engine.cpp._scope import Scope


def changes(group: Group, memory: Memory) -> Lines:
    """Overwrite a parameter and what is kept for it, entry by entry: whatever a formula reads is still what it was."""
    lines: Lines = []
    for shape in dict.fromkeys(tensor_of(before).shape for before, _ in group):
        scope, index = Scope(memory), indices(shape)
        own = [change for change in group if tensor_of(change[0]).shape == shape]
        entries = [scope.entry(after, index) for _, after in own]
        places = [scope.entry(before, index) for before, _ in own]
        if not shape:
            places = [place.replace("in", "*at") for place in places]
        writes = [f"{place} = {entry};" for place, entry in zip(places, entries, strict=True)]
        lines += loops(index, shape, [*scope.lines, *writes])
    return lines

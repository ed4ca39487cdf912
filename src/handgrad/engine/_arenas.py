"""Memory for what is not alive at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name", int, str)


def arenas(
    uses: Sequence[Collection[Name]], kinds: Mapping[Name, Hashable], kept: Collection[Name] = ()
) -> dict[Name, int]:
    """Give everything that is used a piece of memory.

    Args:
        uses: what is used, one time after another.
        kinds: those that are to be placed, with what must be equal for two to share memory: their bytes, say.
        kept: what is read after the last time: it keeps its own.

    Returns:
        The number of an arena for each. Those that share one are of the same kind, and never alive at once.
    """
    last = {name: time for time, names in enumerate(uses) for name in names}
    ends: dict[int, list[Name]] = defaultdict(list)
    for name in kinds.keys() & last.keys() - set(kept):
        ends[last[name]].append(name)
    free: dict[Hashable, list[int]] = defaultdict(list)
    placed: dict[Name, int] = {}
    count = 0
    for time, names in enumerate(uses):
        for name in sorted(kinds.keys() & set(names) - placed.keys()):
            same = free[kinds[name]]
            placed[name], count = (same.pop(), count) if same else (count, count + 1)
        for name in ends[time]:
            free[kinds[name]].append(placed[name])
    return placed

"""Which storages of a recording may share their memory: those of which one is dead before the other is born."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from handgrad.engine._recording import Call


def arenas(calls: Sequence[Call], sizes: dict[int, int], kept: Collection[int]) -> dict[int, int]:
    """Give every storage that the calls write a piece of memory.

    Args:
        calls: kernels in order.
        sizes: the bytes of each storage.
        kept: storages that are read after the last call: they keep theirs.

    Returns:
        Storage to the number of an arena. Storages that share one are of the same size, and never alive at once.
    """
    last = {storage: index for index, call in enumerate(calls) for storage in call.reads | call.writes}
    ends: dict[int, list[int]] = defaultdict(list)
    for storage in sizes.keys() & last.keys() - set(kept):
        ends[last[storage]].append(storage)
    free: dict[int, list[int]] = defaultdict(list)
    placed: dict[int, int] = {}
    count = 0
    for index, call in enumerate(calls):
        for storage in sorted((call.reads | call.writes) & sizes.keys() - placed.keys()):
            same = free[sizes[storage]]
            placed[storage], count = (same.pop(), count) if same else (count, count + 1)
        for storage in ends[index]:
            free[sizes[storage]].append(placed[storage])
    return placed

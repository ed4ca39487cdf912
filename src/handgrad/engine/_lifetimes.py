"""Which storages of a recording may share their memory: those of which one is dead before the other is born."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import torch

from handgrad.engine._recording import Call, Place, found


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
        for storage in overwritable(call) & set(ends[index]):
            ends[index].remove(storage)
            free[sizes[storage]].append(placed[storage])
        for storage in sorted((call.reads | call.writes) & sizes.keys() - placed.keys()):
            same = free[sizes[storage]]
            placed[storage], count = (same.pop(), count) if same else (count, count + 1)
        for storage in ends[index]:
            free[sizes[storage]].append(placed[storage])
    return placed


def overwritable(call: Call) -> set[int]:
    """The storages that a kernel which works entry by entry reads just where its result is written, so that it may lie there."""
    if len(call.results) != 1 or torch.Tag.pointwise not in getattr(call.op, "tags", ()):
        return set()
    read = found((call.arguments, call.keywords), Place)
    alike = {place.storage for place in read if place[1:] == call.results[0][1:]}
    return alike - {place.storage for place in read if place[1:] != call.results[0][1:]}

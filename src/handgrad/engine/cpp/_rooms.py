"""The working memory of a program: rooms for its results, which are the same one where they are never in use at once.

When a room is in use, the statements themselves say: from the first that names it to the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from handgrad.engine._arenas import arenas
from handgrad.engine.cpp._loops import Lines

_LEAST = 2**12
"""Bytes from which rooms are shared: less is in the cache anyway, and a compiler does more where it sees that nothing overlaps."""


class Room(NamedTuple):
    """What is to have memory: the C++ type of its entries, and its bytes."""

    entry: str
    size: int


def laid_out(rooms: Mapping[str, Room], parts: Sequence[Lines]) -> tuple[Lines, int]:
    """The declarations of the pointers to the rooms, and how large the working memory is.

    Args:
        rooms: by the name of their pointer.
        parts: statements in order. Of one part, everything is in use at once.
    """
    texts = ["\n".join(lines) for lines in parts]
    over = _written_over({name: room for name, room in rooms.items() if room.size >= _LEAST}, texts)
    uses = [{over.get(name, name) for name in _named(rooms, text)} for text in texts]
    kinds = {name: room if room.size >= _LEAST else name for name, room in rooms.items() if name not in over}
    arena_of = arenas(uses, kinds)
    starts: dict[int, int] = {}
    lines, size = [], 0
    for name, room in rooms.items():
        arena = arena_of[over.get(name, name)]
        if arena not in starts:
            starts[arena], size = size, size + room.size
        lines.append(f"{room.entry}* const {name} = reinterpret_cast<{room.entry}*>(working + {starts[arena]});")
    return lines, size


def _written_over(rooms: Mapping[str, Room], texts: Sequence[str]) -> dict[str, str]:
    """For each result that is written where a dead one is read, entry by entry at the same index: the room that both have."""
    last = {name: time for time, text in enumerate(texts) for name in _named(rooms, text)}
    over: dict[str, str] = {}
    seen: set[str] = set()
    for time, text in enumerate(texts):
        entries = {name: set(re.findall(rf"\b{name}\b(\[[^\]]*\])?", text)) for name in _named(rooms, text)}
        dying = [name for name in entries if name in seen and last[name] == time]
        for result in [name for name in entries if name not in seen and _is_written_once(name, text)]:
            alike = [name for name in dying if entries[name] == entries[result] and rooms[name] == rooms[result]]
            if alike:
                over[result] = over.get(alike[0], alike[0])
                dying.remove(alike[0])
        seen |= entries.keys()
    return over


def _named(rooms: Mapping[str, Room], text: str) -> list[str]:
    return [name for name in dict.fromkeys(re.findall(r"\bt\d+\b", text)) if name in rooms]


def _is_written_once(name: str, text: str) -> bool:
    return len(re.findall(rf"\b{name}\b", text)) == 1 and re.search(rf"\b{name}\[[^\]]*\] = ", text) is not None

"""Which results of a recording may take the place of an argument: of one that is dead by then."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch

from handgrad.engine._kernel import buffered
from handgrad.engine._recording import Call, Place, found, mapped


def written_over(calls: Sequence[Call], spared: Collection[int]) -> list[Call]:
    """The calls, with the result of a kernel that works entry by entry written over an argument that dies there.

    Args:
        calls: kernels in order.
        spared: storages that stay what they are.
    """
    last = {storage: index for index, call in enumerate(calls) for storage in call.reads | call.writes}
    renamed: dict[int, int] = {}
    rewritten: list[Call] = []
    for index, call in enumerate(calls):
        now = _renamed(call, renamed)
        for storage in [own for own in _overwritable(now) - set(spared) if last[own] == index]:
            result = call.results[0].storage
            if result not in renamed and result not in spared:
                renamed[result], last[storage] = storage, last[result]
        rewritten.append(_renamed(call, renamed))
    return rewritten


def _overwritable(call: Call) -> set[int]:
    """The storages that a kernel reads just where it writes its result."""
    by_entry = torch.Tag.pointwise in getattr(call.op, "tags", ())
    if not by_entry or len(call.results) != 1 or buffered(call) is None:
        return set()
    read = found((call.arguments, call.keywords), Place)
    alike = {place.storage for place in read if place[1:] == call.results[0][1:]}
    return alike - {place.storage for place in read if place[1:] != call.results[0][1:]}


def _renamed(call: Call, names: dict[int, int]) -> Call:
    if not names.keys() & (call.reads | call.writes):
        return call

    def place(own: Place) -> Place:
        return own._replace(storage=names.get(own.storage, own.storage))

    def places(value: Any) -> Any:
        return mapped(value, Place, place)

    return Call(
        *(call.op, places(call.arguments), places(call.keywords), tuple(map(place, call.results))),
        writes=frozenset(names.get(own, own) for own in call.writes),
        reads=frozenset(names.get(own, own) for own in call.reads),
    )

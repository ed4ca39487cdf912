"""Calls in an order in which less is alive at once."""

from __future__ import annotations

from collections.abc import Sequence

from handgrad.engine._recording import Call


def delayed(calls: Sequence[Call]) -> list[Call]:
    """The calls, each that makes something as late as that costs nothing: what it makes has no memory before.

    A call passes those that have nothing to do with its result, and do not change what it reads; but not one that would be the last
    to read that: it would live on for the late call alone. So ``h̄ = z̄ W`` waits for f′(z), with which h is done.
    """
    ordered = list(calls)
    for start in reversed(range(len(ordered))):
        place = start
        while place + 1 < len(ordered) and _may_wait(ordered[place], ordered[place + 1], ordered[place + 2 :]):
            ordered[place : place + 2] = ordered[place + 1], ordered[place]
            place += 1
    return ordered


def _may_wait(call: Call, following: Call, later: Sequence[Call]) -> bool:
    used = following.reads | following.writes
    if call.writes != {place.storage for place in call.results} or used & call.writes or following.writes & call.reads:
        return False
    return all(any(storage in own.reads | own.writes for own in later) for storage in used & call.reads)

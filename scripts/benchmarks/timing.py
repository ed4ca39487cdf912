"""How long a call takes beside another one, on a machine that has other things to do as well."""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from typing import Any, NamedTuple

Call = Callable[[], Any]

BLOCK = 5e-4  # seconds of calls between two looks at the clock: less than a slice of the scheduler


class Effort(NamedTuple):
    """How long two calls are compared: for so many seconds, and so many repeats at least."""

    seconds: float
    repeats: int


class Pair(NamedTuple):
    """Seconds of one call, measured one right after the other."""

    ours: float
    native: float


def pairs(ours: Call, native: Call, effort: Effort) -> list[Pair]:
    """Time the two in turn.

    A repeat is ours, native, native, ours within milliseconds: what else the machine does meets both alike, and so does it to
    come after the other one, with the caches full of its data. ``timeit`` keeps the garbage collector out.
    """
    number = _calls_in_a_block(native)
    measured: list[Pair] = []
    end = time.perf_counter() + effort.seconds
    while time.perf_counter() < end or len(measured) < effort.repeats:
        blocks = [_seconds(call, number) for call in (ours, native, native, ours)]
        measured.append(Pair((blocks[0] + blocks[3]) / 2, (blocks[1] + blocks[2]) / 2))
    return measured


def _calls_in_a_block(call: Call) -> int:
    if _seconds(call, 1) > BLOCK:  # the first call is never quicker than the others
        return 1
    return max(1, round(BLOCK / _seconds(call, 10)))


def _seconds(call: Call, number: int) -> float:
    return timeit.timeit(call, number=number) / number

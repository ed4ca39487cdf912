"""How long a call takes beside others, on a machine that has other things to do as well."""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Call = Callable[[], Any]

BLOCK = 5e-4  # seconds of calls between two looks at the clock: less than a slice of the scheduler
LONG_BLOCK = 5e-3  # for calls that hand work to threads of their own, which fall asleep while others have their turn


class Effort(NamedTuple):
    """How long calls are compared: for so many seconds, and so many repeats at least."""

    seconds: float
    repeats: int


class Pair(NamedTuple):
    """Seconds of one call, measured one right after the other."""

    ours: float
    native: float


class Turn(NamedTuple):
    """One call, in one repeat.

    Attributes:
        seconds: of wall time.
        cores: processor time over wall time, of all threads of this process.
    """

    seconds: float
    cores: float


def pairs(ours: Call, native: Call, effort: Effort) -> list[Pair]:
    """Time the two in turn.

    A repeat is ours, native, native, ours within milliseconds: what else the machine does meets both alike, and so does it to
    come after the other one, with the caches full of its data. ``timeit`` keeps the garbage collector out.
    """
    number = _calls_in_a_block(native, BLOCK)
    measured: list[Pair] = []
    end = time.perf_counter() + effort.seconds
    while time.perf_counter() < end or len(measured) < effort.repeats:
        blocks = [_seconds(call, number) for call in (ours, native, native, ours)]
        measured.append(Pair((blocks[0] + blocks[3]) / 2, (blocks[1] + blocks[2]) / 2))
    return measured


def in_turn(calls: Mapping[str, Call], effort: Effort) -> dict[str, list[Turn]]:
    """Time any number of calls in turn; every repeat calls each of them once, every other one in the reversed order.

    A call that is short is made several times, and once more before the clock is looked at: so its data are in the caches
    and its threads awake, as in a training that has run for a while.
    """
    numbers = {name: _calls_in_a_block(call, LONG_BLOCK) for name, call in calls.items()}
    order, measured = list(calls), {name: list[Turn]() for name in calls}
    end, repeats = time.perf_counter() + effort.seconds, 0
    while time.perf_counter() < end or repeats < effort.repeats:
        for name in order:
            measured[name].append(_turn(calls[name], numbers[name]))
        order.reverse()
        repeats += 1
    return measured


def _turn(call: Call, number: int) -> Turn:
    if number > 1:
        call()
    start = time.process_time()
    seconds = _seconds(call, number)
    return Turn(seconds, (time.process_time() - start) / (seconds * number))


def _calls_in_a_block(call: Call, block: float) -> int:
    if _seconds(call, 1) > block:  # the first call is never quicker than the others
        return 1
    return max(1, round(block / _seconds(call, 10)))


def _seconds(call: Call, number: int) -> float:
    return timeit.timeit(call, number=number) / number

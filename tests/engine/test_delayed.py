"""Calls wait where that saves memory, and only where nobody can tell."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from handgrad.engine._delayed import delayed
from handgrad.engine._recording import Call, Place

STORAGES = range(5)


def _call(name: str, reads: set[int], makes: int | None = None, changes: set[int] | None = None) -> Call:
    made = () if makes is None else (Place(makes, torch.float32, (2,), (1,), 0),)
    writes = (changes or set()) | {place.storage for place in made}
    return Call(print, (name,), {}, made, frozenset(writes), frozenset(reads))


def _names(calls: list[Call]) -> list[str]:
    return [call.arguments[0] for call in calls]


def test_a_product_waits_until_the_slope_is_there_and_the_inputs_are_done_with() -> None:
    calls = [
        _call("h", {0}, 1),
        _call("grad_weight", {1, 2}, 3),
        _call("grad_h", {2, 9}, 4),
        _call("slope", {0, 1}, changes={0}),
        _call("grad_z", {0, 4}, changes={0}),
        _call("bias", {2}, changes={8}),
        _call("weight", {3}, changes={7}),
    ]
    assert _names(delayed(calls)) == ["h", "grad_weight", "slope", "grad_h", "grad_z", "bias", "weight"]


def test_a_call_does_not_wait_for_a_change_of_what_it_reads() -> None:
    calls = [_call("made", {0}, 1), _call("change", set(), changes={0}), _call("read", {0, 1}, 2)]
    assert _names(delayed(calls)) == ["made", "change", "read"]


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(STORAGES)), st.sets(st.sampled_from(STORAGES), max_size=1), st.booleans())
    )
)
def test_everybody_reads_what_it_read_before(steps: list[tuple[set[int], set[int], bool]]) -> None:
    calls = []
    for number, (reads, writes, makes) in enumerate(steps):
        own = _call(str(number), reads, 100 + number) if makes else _call(str(number), reads, changes=writes)
        calls.append(own)
    assert _read(delayed(calls)) == _read(calls)


def _read(calls: list[Call]) -> dict[str, dict[int, str]]:
    """For each call the last one before it that wrote each of the storages that it reads."""
    writer: dict[int, str] = {}
    found = {}
    for call in calls:
        found[call.arguments[0]] = {storage: writer.get(storage, "") for storage in call.reads}
        writer |= dict.fromkeys(call.writes, call.arguments[0])
    return found

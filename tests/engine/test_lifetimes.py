"""Storages share memory only where nobody can tell."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from handgrad.engine._lifetimes import arenas, written_over
from handgrad.engine._recording import Call, Place

STORAGES = range(6)


def _call(reads: set[int], writes: set[int]) -> Call:
    return Call(print, (), {}, (), frozenset(writes), frozenset(reads))


def test_a_storage_takes_over_the_memory_of_one_that_is_dead() -> None:
    calls = [_call(set(), {0}), _call({0}, {1}), _call({1}, {2})]
    placed = arenas(calls, dict.fromkeys(range(3), 8), kept=())
    assert placed[2] == placed[0] != placed[1]


def test_what_is_kept_is_not_taken_over() -> None:
    calls = [_call(set(), {0}), _call({0}, {1}), _call({1}, {2})]
    placed = arenas(calls, dict.fromkeys(range(3), 8), kept={0})
    assert len(set(placed.values())) == 3


def test_storages_of_different_sizes_do_not_share() -> None:
    calls = [_call(set(), {0}), _call({0}, {1}), _call({1}, {2})]
    assert len(set(arenas(calls, {0: 8, 1: 8, 2: 16}, kept=()).values())) == 3


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(STORAGES)), st.sets(st.sampled_from(STORAGES), min_size=1)), min_size=1),
    st.sets(st.sampled_from(STORAGES)),
)
def test_no_two_storages_are_alive_at_once_in_the_same_memory(
    uses: list[tuple[set[int], set[int]]], kept: set[int]
) -> None:
    calls = [_call(reads, writes) for reads, writes in uses]
    placed = arenas(calls, dict.fromkeys(STORAGES, 4), kept)
    at = {own: [index for index, call in enumerate(calls) if own in call.reads | call.writes] for own in placed}
    lives = {own: range(min(used), len(calls) + 1 if own in kept else max(used) + 1) for own, used in at.items()}
    for a in placed:
        for b in placed:
            assert a == b or placed[a] != placed[b] or not set(lives[a]) & set(lives[b])


def _exp(storage: int, size: tuple[int, ...] = (2,)) -> Call:
    read, made = (Place(own, torch.float32, size, (1,), 0) for own in (storage, storage + 1))
    return Call(torch.ops.aten.exp.default, (read,), {}, (made,), frozenset({made.storage}), frozenset({read.storage}))


def test_a_result_is_written_over_an_argument_of_the_same_layout_that_dies() -> None:
    over = written_over([_call(set(), {0}), _exp(0), _call({1}, {2})], spared=())
    assert [call.writes for call in over] == [{0}, {0}, {2}]
    assert over[1].results == over[1].arguments
    assert over[2].reads == {0}


@pytest.mark.parametrize("spared", [{0}, {1}])
def test_what_is_spared_is_neither_written_over_nor_elsewhere(spared: set[int]) -> None:
    calls = [_call(set(), {0}), _exp(0)]
    assert written_over(calls, spared) == calls


def test_an_argument_that_is_read_later_is_not_written_over() -> None:
    calls = [_call(set(), {0}), _exp(0), _call({0}, {2})]
    assert written_over(calls, ()) == calls


def test_an_argument_that_is_read_at_other_places_is_not_written_over() -> None:
    read, made = Place(0, torch.float32, (2,), (2,), 0), Place(1, torch.float32, (2,), (1,), 0)
    call = Call(torch.ops.aten.exp.default, (read,), {}, (made,), frozenset({1}), frozenset({0}))
    assert written_over([_call(set(), {0}), call], ()) == [_call(set(), {0}), call]

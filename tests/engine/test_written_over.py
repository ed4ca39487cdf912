"""A result takes the place of an argument only where nobody can tell."""

from __future__ import annotations

import pytest
import torch

from handgrad.engine._recording import Call, Place
from handgrad.engine._written_over import written_over


def _call(reads: set[int], writes: set[int]) -> Call:
    return Call(print, (), {}, (), frozenset(writes), frozenset(reads))


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

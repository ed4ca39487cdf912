"""Memory is shared only by what is never alive at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handgrad.engine._arenas import arenas

NAMES = range(6)


def test_what_comes_later_takes_over_the_memory_of_what_is_dead() -> None:
    placed = arenas([{0}, {0, 1}, {1, 2}], dict.fromkeys(range(3), 8))
    assert placed[2] == placed[0] != placed[1]


def test_what_is_kept_is_not_taken_over() -> None:
    placed = arenas([{0}, {0, 1}, {1, 2}], dict.fromkeys(range(3), 8), kept={0})
    assert len(set(placed.values())) == 3


def test_what_is_of_different_kinds_does_not_share() -> None:
    assert len(set(arenas([{"a"}, {"b"}, {"c"}], {"a": 8, "b": 8, "c": 16}).values())) == 2


@given(st.lists(st.sets(st.sampled_from(NAMES)), min_size=1), st.sets(st.sampled_from(NAMES)))
def test_no_two_are_alive_at_once_in_the_same_memory(uses: list[set[int]], kept: set[int]) -> None:
    placed = arenas(uses, dict.fromkeys(NAMES, 4), kept)
    at = {own: [time for time, names in enumerate(uses) if own in names] for own in placed}
    lives = {own: range(min(used), len(uses) + 1 if own in kept else max(used) + 1) for own, used in at.items()}
    for a in placed:
        for b in placed:
            assert a == b or placed[a] != placed[b] or not set(lives[a]) & set(lives[b])

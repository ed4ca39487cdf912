"""Rooms of the working memory, by the statements that use them."""

from __future__ import annotations

from handgrad.engine.cpp._rooms import Room, laid_out


def _starts(rooms: dict[str, Room], *parts: str) -> dict[str, int]:
    lines, _ = laid_out(rooms, [[part] for part in parts])
    return {line.split()[2]: int(line.split(" + ")[1].rstrip(");")) for line in lines}


FLOATS = {name: Room("float", 4096) for name in ("t1", "t2", "t3")}


def test_a_result_is_written_over_what_is_read_for_the_last_time_at_the_same_index() -> None:
    starts = _starts(FLOATS, "fill(t1);", "t2[i0] = exp(t1[i0]);", "t3[i0] = t2[i0] + 1;", "use(t3);")
    assert set(starts.values()) == {0}


def test_what_is_read_elsewhere_or_later_or_as_a_whole_is_not_written_over() -> None:
    for read in ("t2[i0] = t1[i1];", "t2[i0] = t1[i0] + sum(t1);", "t2[i0] = 0; t2[i0] += t1[i0];"):
        starts = _starts(FLOATS, "fill(t1);", read, "use(t2);", "fill(t3);")
        assert starts["t1"] != starts["t2"]
    starts = _starts(FLOATS, "fill(t1);", "t2[i0] = t1[i0];", "use(t1, t2);", "fill(t3);")
    assert starts["t1"] != starts["t2"]


def test_small_rooms_are_left_alone() -> None:
    small = {name: Room("float", 64) for name in FLOATS}
    starts = _starts(small, "fill(t1);", "t2[i0] = exp(t1[i0]);", "use(t2);", "fill(t3);")
    assert len(set(starts.values())) == 3


def test_entries_of_different_types_do_not_share() -> None:
    starts = _starts(
        {"t1": Room("float", 4096), "t2": Room("bool", 4096)}, "fill(t1);", "t2[i0] = t1[i0] > 0;", "use(t2);"
    )
    assert starts["t1"] != starts["t2"]


def test_names_of_numbers_and_longer_names_are_not_mistaken_for_rooms() -> None:
    starts = _starts(
        {"t1": FLOATS["t1"], "t2": FLOATS["t2"]}, "fill(t1);", "const float t12 = 0;", "fill(t2);", "t3 = t1;"
    )
    assert starts["t1"] != starts["t2"]

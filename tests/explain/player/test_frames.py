"""Forward in order, then back, then the update; every computed number exactly once."""

from __future__ import annotations

import pytest

from handgrad.explain import Trace, frames
from player_records import RECORDS, chapter


def test_the_chapter_is_played_number_by_number() -> None:
    played = [(frame.phase, frame.tensor, frame.entry) for frame in frames(chapter())]
    assert played[:7] == [
        ("start", "x", None),
        *(("forward", "u1", (i,)) for i in range(2)),
        *(("forward", "h1", (i,)) for i in range(2)),
        ("forward", "y", (0,)),
        ("forward", "L", ()),
    ]
    assert played[7:11] == [
        ("backward", "dL/dy", (0,)),
        ("backward", "dL/dW2", (0, 0)),
        ("backward", "dL/dW2", (0, 1)),
        ("backward", "dL/db2", (0,)),
    ]
    assert played[-4:] == [("update", f"{name} after", None) for name in ("W1", "b1", "W2", "b2")]


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_every_computed_tensor_is_played_once(record: Trace) -> None:
    played = [(frame.tensor, frame.entry) for frame in frames(record)][1:]
    gradients = {gradient.name for step in record.steps for gradient in step.gradients if gradient.computed}
    outputs = {step.output for step in record.steps}
    assert {tensor for tensor, _ in played} == outputs | gradients | {update.after for update in record.updates}
    assert len(set(played)) == len(played)


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_phases_follow_each_other(record: Trace) -> None:
    order = ["start", "forward", "backward", "update"]
    phases = [order.index(frame.phase) for frame in frames(record)]
    assert phases == sorted(phases)


def test_a_gradient_comes_after_what_it_is_made_of() -> None:
    record = chapter("sigmoid")
    first = {frame.tensor: number for number, frame in reversed(list(enumerate(frames(record))))}
    for step in record.steps:
        for gradient in step.gradients:
            assert first[gradient.name] > first.get(gradient.upstream, 0)


def test_notes_come_where_they_explain() -> None:
    said = {(frame.tensor, note.key) for frame in frames(chapter()) for note in frame.notes}
    assert {("dL/dW1", "transpose"), ("h1", "dead"), ("dL/du1", "dead"), ("L", "convention")} <= said
    assert ("dL/du1", "vanishing") in {(f.tensor, n.key) for f in frames(chapter("sigmoid")) for n in f.notes}
    batch = {(frame.tensor, note.key) for frame in frames(RECORDS["batch"]) for note in frame.notes}
    assert {("dL/dW1", "batch_sum"), ("dL/db1", "batch_sum"), ("dL/dy", "probabilities_minus_target")} <= batch

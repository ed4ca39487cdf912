"""The scene: nothing covers anything else, nothing leaves the picture, and each number stands where it belongs."""

from __future__ import annotations

from functools import partial
from itertools import combinations

import pytest
import torch

from handgrad.explain import Trace, frames, trace
from handgrad.explain.player._drawing import drawing
from handgrad.explain.player._layout import layout
from handgrad.explain.player._numbers import short
from handgrad.explain.player._scene import Box, Line, Mark, Picture, Text
from handgrad.ops import linear, mse_loss
from player_records import RECORDS, chapter, net, not_finite, wide


def marks(record: Trace) -> list[Mark]:
    return [mark for group in drawing(record).groups for mark in group.marks]


def apart(a: Box, b: Box) -> bool:
    return abs(a.x - b.x) >= (a.width + b.width) / 2 or abs(a.y - b.y) >= (a.height + b.height) / 2


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_no_node_covers_another(record: Trace) -> None:
    boxes = [mark.shape for mark in marks(record) if mark.role in ("variable", "function")]
    assert all(isinstance(box, Box) for box in boxes)
    assert all(apart(a, b) for a, b in combinations(boxes, 2))


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
@pytest.mark.parametrize("when", ["before the update", "after it"])
def test_no_number_on_an_edge_covers_another(record: Trace, when: str) -> None:
    roles = ("pill backward", "pill" if when == "before the update" else "pill after")
    pills = [mark.shape for mark in marks(record) if mark.role in roles]
    assert all(apart(a, b) for a, b in combinations(pills, 2))


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_everything_is_inside_the_picture(record: Trace) -> None:
    scene = drawing(record)
    for mark in marks(record):
        match mark.shape:
            case Box(x, y, width, height):
                corners = [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]
            case Line(x1, y1, x2, y2):
                corners = [(x1, y1), (x2, y2)]
            case Picture(x, y, width, height):
                corners = [(x, y), (x + width, y + height)]
            case Text(x, y):
                corners = [(x, y)]
        assert all(0 <= x <= scene.width and 0 <= y <= scene.height for x, y in corners), mark


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_every_number_of_the_chapter_stands_in_the_last_frame(activation: str) -> None:
    record = chapter(activation)
    last = len(frames(record)) - 1
    shown = {
        (group.tensor, group.index): mark.shape.text
        for group in drawing(record).groups
        if group.index is not None
        for mark in group.marks
        if isinstance(mark.shape, Text) and mark.present(last) and mark.role in ("value", "given", "gradient", "after")
    }
    for name in ("x", "u1", "h1", "y", "t", "L", "dL/dy", "dL/dW2", "dL/db2", "dL/du1", "dL/dW1", "dL/db1", "dL/dx"):
        for index in record[name].indices():
            assert shown[name, index] == short(record[name][index]), name
    for name in record.parameters:
        for index in record[name].indices():
            assert shown[name, index] == short(record[f"{name} after"][index])


def test_nothing_computed_stands_in_the_first_frame() -> None:
    roles = {mark.role for mark in marks(chapter()) if mark.present(0)}
    assert "given" in roles
    assert not roles & {"value", "gradient", "after", "edge forward", "edge backward"}


def test_forward_runs_to_the_right_and_backward_to_the_left() -> None:
    for mark in marks(chapter("sigmoid")):
        if isinstance(mark.shape, Line) and abs(mark.shape.x1 - mark.shape.x2) > 12:
            direction = {"edge forward": 1, "edge backward": -1}.get(mark.role)
            assert direction is None or direction * (mark.shape.x2 - mark.shape.x1) > 0


def test_wide_layers_are_drawn_as_a_whole() -> None:
    places = layout(wide())
    assert [bool(stage.target.units) for stage in places.stages] == [False, False, False, False, True, True]
    texts = [mark.shape for mark in marks(wide()) if isinstance(mark.shape, Text)]
    assert [text.text for text in texts if text.word == "units"] == ["64", "128", "128", "64", "64"]
    summary = wide()["u1"].summary()
    for word, number in (("minimum", summary.minimum), ("median", summary.median), ("maximum", summary.maximum)):
        assert short(number) in [text.text for text in texts if text.word == word]


def test_numbers_that_are_not_finite_are_counted() -> None:
    texts = [mark.shape for mark in marks(not_finite()) if isinstance(mark.shape, Text)]
    assert [text.text for text in texts if text.word == "not_finite"][:2] == ["3", "2"]  # of x; ReLU makes 0 of −∞


def test_a_batch_shows_the_sample_that_is_asked_for() -> None:
    record = net(4, [5], 3, rows=7)
    texts = {
        (group.tensor, group.index): mark.shape.text
        for group in drawing(record, sample=4).groups
        for mark in group.marks
        if isinstance(mark.shape, Text) and mark.role == "value"
    }
    assert texts["u1", (4, 2)] == short(record["u1"][4, 2])
    assert ("u1", (0, 2)) not in texts


def test_frozen_parameters_have_no_way_back() -> None:
    step = ("layers.0 linear", partial(linear, weight=torch.eye(2), bias=torch.zeros(2, requires_grad=True)))
    record = trace([step], mse_loss, torch.ones(2), torch.zeros(2), learning_rate=0.1)
    tensors = {group.tensor for group in drawing(record).groups}
    assert "W1" in tensors
    assert "dL/db1" in tensors
    assert "dL/dW1" not in tensors

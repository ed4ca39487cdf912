"""The edges: grey from the start, blue from left to right when a value is computed, red and back when a gradient is."""

from __future__ import annotations

import math
from collections.abc import Iterator

from handgrad.explain._names import gradient_name
from handgrad.explain.player._places import Layout, Square, Stage
from handgrad.explain.player._scene import Group, Line, Mark
from handgrad.explain.player._shown import Frames, Shown

_ASIDE = 5.0
"""How far the way back runs beside the way there, in pixels."""

_END = 3.0
"""How far before a node an arrow ends."""


def edges(shown: Shown, places: Layout) -> Iterator[Group]:
    """All edges between variables and functions."""
    for stage in places.stages:
        for square in stage.squares:
            yield from _into(shown, stage, square)
            yield from _out_of(shown, stage, square)
    yield _from_target(shown, places)


def connection(line: Line, forward: Frames, backward: Frames) -> tuple[Mark, ...]:
    """An edge with its way there and its way back; either may have no frame."""
    marks = [Mark(line, "edge")]
    if forward:
        marks.append(Mark(_shortened(line), "edge forward", forward[0], active=forward))
    if backward:
        marks.append(Mark(way_back(line), "edge backward", backward[0], active=backward))
    return tuple(marks)


def way_back(line: Line) -> Line:
    """The same edge in the other direction, a little aside."""
    length = math.hypot(line.x2 - line.x1, line.y2 - line.y1)
    dx, dy = -_ASIDE * (line.y2 - line.y1) / length, _ASIDE * (line.x2 - line.x1) / length
    return _shortened(Line(line.x2 + dx, line.y2 + dy, line.x1 + dx, line.y1 + dy))


def along(line: Line, part: float) -> tuple[float, float]:
    """The point after ``part`` of a line."""
    return line.x1 + part * (line.x2 - line.x1), line.y1 + part * (line.y2 - line.y1)


def weight_line(stage: Stage, square: Square, unit: int | None) -> Line:
    """The edge from a unit into a function."""
    source = stage.source
    return Line(source.x + source.width / 2, source.at(unit), square.x - square.width / 2, square.y)


def _shortened(line: Line) -> Line:
    x, y = along(line, 1 - _END / math.hypot(line.x2 - line.x1, line.y2 - line.y1))
    return Line(line.x1, line.y1, x, y, arrow=True)


def _into(shown: Shown, stage: Stage, square: Square) -> Iterator[Group]:
    step, variable = stage.step, stage.source.tensor
    forward = shown.forward(step.output, square.outputs)
    for unit in square.inputs:
        line = weight_line(stage, square, unit)
        marks = connection(line, forward, shown.backward(variable, (unit,)))
        match step.op, square.outputs, unit:
            case "linear", (int() as output,), int():
                marks += _to_weight(shown, stage, line, (output, unit)) if stage.labelled else ()
                yield Group(marks, step.parameters[0], (output, unit))
            case _:
                yield Group(marks)


def _to_weight(shown: Shown, stage: Stage, line: Line, entry: tuple[int, int]) -> tuple[Mark, ...]:
    """The way back to the weight that stands on the edge."""
    name = gradient_name(stage.step.parameters[0])
    if not shown.has(name):
        return ()
    when = shown.timeline.when(name, entry)
    half = Line(*along(line, stage.gradient_at), line.x2, line.y2)
    return (Mark(way_back(half), "edge backward", when, active=(when,)),)


def _out_of(shown: Shown, stage: Stage, square: Square) -> Iterator[Group]:
    step, target = stage.step, stage.target
    for unit in square.outputs:
        line = Line(square.x + square.width / 2, square.y, target.x - target.width / 2, target.at(unit))
        yield Group(connection(line, shown.forward(step.output, (unit,)), shown.needing(step, unit)))


def _from_target(shown: Shown, places: Layout) -> Group:
    loss, given = places.stages[-1], places.given
    square = loss.squares[0]
    start = max((*given.units, given.y))
    line = Line(given.x, start, square.x, square.y + 24)
    return Group(connection(line, shown.forward(loss.step.output, square.outputs), ()))

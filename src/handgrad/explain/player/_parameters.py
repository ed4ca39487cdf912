"""Weights and biases: each on its edge, or as one round node for all of them, or as a name above the edges."""

from __future__ import annotations

from collections.abc import Iterator

from handgrad.explain._names import gradient_name
from handgrad.explain.player._edges import along, connection, weight_line
from handgrad.explain.player._frames import Entry
from handgrad.explain.player._layout import PARAMETER, TOP
from handgrad.explain.player._numbers import short
from handgrad.explain.player._places import Layout, Stage
from handgrad.explain.player._scene import Box, Group, Line, Mark, Text
from handgrad.explain.player._shown import Shown

_BIAS_ABOVE, _NODE_AWAY = 42.0, 116.0


def parameters(shown: Shown, places: Layout) -> Iterator[Group]:
    """Those of all linear maps."""
    for stage in places.stages:
        if stage.labelled:
            yield from _on_edges(shown, stage)
            yield from _names_above(shown, stage, stage.step.parameters[:1])
        elif len(stage.squares) > 1:
            yield from _names_above(shown, stage, stage.step.parameters)
        else:
            yield from _as_nodes(shown, stage)


def _on_edges(shown: Shown, stage: Stage) -> Iterator[Group]:
    weight, *bias = stage.step.parameters
    for square in stage.squares:
        i = square.outputs[0] or 0
        for unit in square.inputs:
            line, entry = weight_line(stage, square, unit), (i, unit or 0)
            yield _number(shown, weight, entry, *along(line, stage.weight_at))
            yield from _gradient(shown, weight, entry, *along(line, stage.gradient_at))
        if bias:
            y = square.y - _BIAS_ABOVE
            yield Group(_bias_edge(shown, stage, bias[0], i, Line(square.x, y + 11, square.x, square.y - 15)))
            yield _number(shown, bias[0], (i,), square.x, y, round_=True)
            yield from _gradient(shown, bias[0], (i,), square.x, y - 20)
    if bias:
        first = stage.squares[0]
        text = Text(first.x + 38, first.y - _BIAS_ABOVE + 5, bias[0], "start", 14, name=True)
        yield Group((Mark(text, "heading"),), bias[0])


def _bias_edge(shown: Shown, stage: Stage, bias: str, unit: int, line: Line) -> tuple[Mark, ...]:
    return connection(line, shown.forward(stage.step.output, (unit,)), shown.backward(bias, (unit,)))


def _number(shown: Shown, parameter: str, entry: Entry, x: float, y: float, round_: bool = False) -> Group:
    """A number before, and from its update on the number after."""
    text, after = shown.text(parameter, entry), f"{parameter} after"
    width = 64.0 if round_ else pill_width(text, 12)
    marks = [Mark(Box(x, y, width, 22 if round_ else 17, 11 if round_ else 4), "variable" if round_ else "pill")]
    if not shown.has(after):
        return Group((*marks, Mark(Text(x, y + 4, text), "given")), parameter, entry)
    when, new = shown.timeline.when(after, entry), shown.text(after, entry)
    box = Box(x, y, pill_width(new, 12), 17, 4)
    marks += [
        Mark(Text(x, y + 4, text), "given", until=when),
        Mark(box, "pill after", when, active=(when,)),
        Mark(Text(x, y + 4, new), "after", when, active=(when,)),
    ]
    return Group(tuple(marks), parameter, entry)


def _gradient(shown: Shown, parameter: str, entry: Entry, x: float, y: float) -> Iterator[Group]:
    name = gradient_name(parameter)
    if not shown.has(name):
        return
    text, when = shown.text(name, entry), shown.timeline.when(name, entry)
    box = Box(x, y, pill_width(text, 11), 16, 4)
    marks = (
        Mark(box, "pill backward", when, active=(when,)),
        Mark(Text(x, y + 4, text, size=11), "gradient", when, active=(when,)),
    )
    yield Group(marks, name, entry)


def pill_width(text: str, size: float) -> float:
    """The room that a number on an edge needs."""
    return max(22.0, 0.64 * size * len(text) + 7)


def _names_above(shown: Shown, stage: Stage, names: tuple[str, ...]) -> Iterator[Group]:
    """The names as something to click on, between the headings of the columns."""
    left = stage.source.x + stage.source.width / 2
    middle = (left + stage.squares[0].x - stage.squares[0].width / 2) / 2
    for place, name in enumerate(names):
        x = middle + 34 * (place - (len(names) - 1) / 2)
        active = shown.timeline.all_of(gradient_name(name)) + shown.timeline.all_of(f"{name} after")
        yield Group((Mark(Text(x, TOP - 44, name, size=16, name=True), "heading", active=active),), name)


def _as_nodes(shown: Shown, stage: Stage) -> Iterator[Group]:
    square = stage.squares[0]
    for name, away in zip(stage.step.parameters, (-_NODE_AWAY, _NODE_AWAY), strict=False):
        y = square.y + away
        near = square.y + (22 if away > 0 else -22)
        edge = Line(square.x, y + (-29 if away > 0 else 29), square.x, near)
        forward = shown.forward(stage.step.output, stage.target.entries)
        yield Group(connection(edge, forward, shown.backward(name, (None,))))
        yield _round(shown, name, square.x, y)
        grad = gradient_name(name)
        if shown.has(grad):
            outside = y + (44 if away > 0 else -36)
            when = shown.timeline.all_of(grad)
            mark = Mark(Text(square.x, outside, _range(shown, grad), size=10), "gradient", when[0], active=when)
            yield Group((mark,), grad)


def _round(shown: Shown, name: str, x: float, y: float) -> Group:
    after = f"{name} after"
    shape = " × ".join(map(str, shown.trace[name].shape))
    until = shown.timeline.when(after, None) if shown.has(after) else None
    active = shown.timeline.all_of(gradient_name(name)) + shown.timeline.all_of(after)
    marks = [
        Mark(Box(x, y, PARAMETER, 58, 29), "variable", active=active),
        Mark(Text(x, y - 8, name, size=14, name=True), "heading"),
        Mark(Text(x, y + 6, shape, size=10), "caption"),
        Mark(Text(x, y + 19, _range(shown, name), size=9), "given", until=until),
    ]
    if until is not None:
        marks.append(Mark(Text(x, y + 19, _range(shown, after), size=9), "after", until, active=(until,)))
    return Group(tuple(marks), name)


def _range(shown: Shown, tensor: str) -> str:
    summary = shown.trace[tensor].summary()
    return f"{short(summary.minimum, 2)} … {short(summary.maximum, 2)}"

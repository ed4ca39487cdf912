"""The nodes: round ones for variables, unit by unit or as a whole, and square ones for functions."""

from __future__ import annotations

from collections.abc import Iterator

from handgrad.explain._names import gradient_name
from handgrad.explain.player._heat import blocks
from handgrad.explain.player._layout import clipped
from handgrad.explain.player._numbers import short
from handgrad.explain.player._places import Column, Layout, Square, Stage
from handgrad.explain.player._scene import Box, Group, Mark, Picture, Text
from handgrad.explain.player._shown import Frames, Shown

FUNCTIONS = {
    "linear": "Σ",
    "relu": "ReLU",
    "sigmoid": "σ",
    "tanh": "tanh",
    "softmax": "softmax",
    "log_softmax": "log softmax",
    "standardize": "(x−m)/s",
    "mse_loss": "(t−y)²",
    "cross_entropy": "−Σ t ln p",
    "cross_entropy_on_probabilities": "−Σ t ln y",
}
"""What stands in the square of each op."""


def nodes(shown: Shown, places: Layout) -> Iterator[Group]:
    """All variables and functions, with their names."""
    labels = shown.trace.labels
    yield from _variable(shown, places.stages[0].source, labels.columns, before=True)
    for stage in places.stages:
        yield from (_function(shown, stage, square) for square in stage.squares)
        is_output = stage.step.output == shown.trace.output
        yield from _variable(shown, stage.target, labels.classes if is_output else (), before=False)
    yield from _target(shown, places.given)


def _function(shown: Shown, stage: Stage, square: Square) -> Group:
    step = stage.step
    active = [*shown.forward(step.output, square.outputs)]
    for unit in square.outputs:
        active += shown.needing(step, unit)
    text = "W x + b" if len(step.parameters) == 2 else "W x"
    text = FUNCTIONS[step.op] if step.op != "linear" or square.width < 60 else text
    height = 44 if square.width > 60 else 30
    size = 12 if len(text) < 7 else 11
    marks = (
        Mark(Box(square.x, square.y, square.width, height, 3), "function", active=tuple(sorted(set(active)))),
        Mark(Text(square.x, square.y + 4, text, size=size), "label"),
    )
    index = None
    match square.outputs:
        case (int() as unit,):
            index = shown.index(step.output, shown.unit(step.output, unit))
    return Group(marks, step.output, index, step.name)


def _variable(shown: Shown, column: Column, labels: tuple[str, ...], before: bool) -> Iterator[Group]:
    if not column.units:
        yield from _whole(shown, column)
        return
    for unit, y in enumerate(column.units):
        entry = shown.unit(column.tensor, unit)
        forward = shown.forward(column.tensor, (unit,))
        backward = shown.backward(column.tensor, (unit,))
        name = labels[unit] if labels else ""
        yield _unit(shown, column, y, entry, forward, backward, name)
        if backward:
            text = Text(column.x, y + column.height / 2 + 12, shown.text(gradient_name(column.tensor), entry), size=11)
            mark = Mark(text, "gradient", backward[0], active=backward)
            yield Group((mark,), gradient_name(column.tensor), shown.index(gradient_name(column.tensor), entry))
        if name:
            yield Group((_name(column, y, name, before),), title=name)


def _unit(
    shown: Shown, column: Column, y: float, entry: tuple[int, ...], forward: Frames, backward: Frames, name: str
) -> Group:
    text = shown.text(column.tensor, entry)
    size = 12 if len(text) < 7 else 10.5
    box = Box(column.x, y, column.width, column.height, column.height / 2)
    role, since = ("value", forward[0]) if forward else ("given", 0)
    number = Mark(Text(column.x, y + 4, text, size=size), role, since, active=forward)
    node = Mark(box, "variable", active=forward + backward)
    return Group((node, number), column.tensor, shown.index(column.tensor, entry), name)


def _name(column: Column, y: float, name: str, before: bool) -> Mark:
    if before:
        return Mark(Text(column.x - column.width / 2 - 8, y + 4, clipped(name), "end", 11), "foreign")
    above = y <= column.y
    return Mark(Text(column.x + column.width / 2 + 4, y + (-8 if above else 16), clipped(name), "start", 11), "foreign")


def _whole(shown: Shown, column: Column) -> Iterator[Group]:
    """A layer too wide for its units: how many, a heat map, smallest, median and largest; the gradient beside."""
    forward, backward = shown.forward(column.tensor, (None,)), shown.backward(column.tensor, (None,))
    box = Box(column.x, column.y, column.width, column.height, 22)
    units = str(shown.trace[column.tensor].shape[-1])
    count = Mark(Text(column.x, column.y - 124, units, size=11, word="units"), "caption")
    yield Group((Mark(box, "variable", active=forward + backward), count))
    yield _half(shown, column.tensor, column.x - 40, column.y, "value" if forward else "given", forward)
    if backward:
        yield _half(shown, gradient_name(column.tensor), column.x + 40, column.y, "gradient", backward)


def _half(shown: Shown, tensor: str, x: float, y: float, role: str, when: Frames) -> Group:
    values = shown.trace[tensor]
    width = values.shape[-1]
    rows = tuple(values.data[unit::width] for unit in range(width))
    since = when[0] if when else 0
    summary = values.summary()
    numbers = {"minimum": summary.minimum, "median": summary.median, "maximum": summary.maximum}
    marks = [Mark(Picture(x - 30, y - 114, 60, 172, blocks(rows)), f"{role} picture", since)]
    for place, (word, number) in enumerate(numbers.items()):
        text = Text(x, y + 80 + 17 * place, short(number), size=10, word=word)
        marks.append(Mark(text, role, since, active=when))
    if summary.not_finite:
        marks.append(Mark(Text(x, y + 131, str(summary.not_finite), size=10, word="not_finite"), role, since))
    return Group(tuple(marks), tensor)


def _target(shown: Shown, given: Column) -> Iterator[Group]:
    name = Mark(Text(given.x + given.width / 2 + 7, given.at(0) + 5, "t", "start", 16, name=True), "heading")
    if not given.units:
        size = Text(given.x, given.y + 4, " × ".join(map(str, shown.trace["t"].shape)), size=11, word="shape")
        box = Mark(Box(given.x, given.y, given.width, given.height, given.height / 2), "variable")
        yield Group((box, Mark(size, "given"), name), "t")
        return
    for unit, y in enumerate(given.units):
        yield _unit(shown, given, y, shown.unit("t", unit), (), (), shown.trace.labels.target)
    yield Group((name,), "t")

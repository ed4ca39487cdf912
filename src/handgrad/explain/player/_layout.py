"""Where everything stands: variables in columns from left to right, functions between them, as the chapter draws it."""

from __future__ import annotations

from dataclasses import dataclass

from handgrad.explain._record import Step, Trace
from handgrad.explain._tape import NORMALISED
from handgrad.explain.player._frames import entry_shape

MAX_UNITS = 16
"""Up to how many units a layer is drawn unit by unit."""

MAX_TARGETS = 4
"""Up to how many targets are drawn one by one."""

NODE, SQUARE, WIDE, PARAMETER = 56.0, 42.0, 168.0, 92.0
"""Widths of a unit, of a function, of a layer drawn as a whole, and of a parameter drawn as a whole."""

WIDE_HEIGHT, TOP, MARGIN, LETTER = 290.0, 96.0, 26.0, 6.4
_LABEL_LIMIT, _LEAST = 18, 20.0


@dataclass(frozen=True)
class Column:
    """A variable: its units, or one node for all of them.

    Attributes:
        tensor: its name.
        x: the middle.
        units: the middle of each unit; empty where it is drawn as a whole.
        y: the middle of all.
        width: of a node.
        height: of a node.
    """

    tensor: str
    x: float
    units: tuple[float, ...]
    y: float
    width: float
    height: float

    @property
    def entries(self) -> tuple[int | None, ...]:
        """The units by number; one None for all of them."""
        return tuple(range(len(self.units))) or (None,)

    def at(self, entry: int | None) -> float:
        """The middle of a unit, or of all."""
        return self.units[entry] if entry is not None and self.units else self.y


@dataclass(frozen=True)
class Square:
    """A function, or its part that makes one unit.

    Attributes:
        x: the middle.
        y: the middle.
        width: of the square.
        inputs: the units that go in.
        outputs: the units that come out.
    """

    x: float
    y: float
    width: float
    inputs: tuple[int | None, ...]
    outputs: tuple[int | None, ...]


@dataclass(frozen=True)
class Stage:
    """One op with its place.

    Attributes:
        step: of the record.
        source: what goes in.
        squares: the function, unit by unit where that is how it works.
        target: what comes out.
        labelled: whether each weight stands on its edge.
    """

    step: Step
    source: Column
    squares: tuple[Square, ...]
    target: Column
    labelled: bool

    @property
    def weight_at(self) -> float:
        """Which part of an edge has its weight: near the source, such that those of all edges are evenly apart."""
        return min(0.32, 1 / (1 + len(self.target.units)))

    @property
    def gradient_at(self) -> float:
        """Which part of an edge has the gradient of its weight."""
        return max(0.68, 1 - 1 / (1 + len(self.source.units)))


@dataclass(frozen=True)
class Layout:
    """All of it.

    Attributes:
        stages: the ops in order.
        given: the target.
        width: in pixels.
        height: in pixels.
    """

    stages: tuple[Stage, ...]
    given: Column
    width: float
    height: float


def layout(trace: Trace) -> Layout:
    """The places of a record's variables and functions."""
    names = ["x", *(step.output for step in trace.steps)]
    sizes = {name: _units(trace, name) for name in names}
    narrow = [size for size in sizes.values() if size <= MAX_UNITS]
    spacing = max(46.0, min(104.0, 560 / max(narrow)))
    middle = TOP + max(spacing * max(narrow), *(WIDE_HEIGHT for size in sizes.values() if size > MAX_UNITS), 220) / 2
    columns = _Columns(spacing, middle)
    right = MARGIN + label_width(trace.labels.columns)
    source = columns.of("x", sizes["x"], right)
    stages = []
    for step in trace.steps:
        stages.append(_stage(trace, step, source, sizes[step.output], columns))
        source = stages[-1].target
    given = _given(trace, stages[-1].squares[0], middle)
    bottom = max(2 * middle - TOP, *(y + given.height / 2 for y in (*given.units, given.y))) + MARGIN
    return Layout(tuple(stages), given, source.x + source.width / 2 + MARGIN, bottom)


def label_width(labels: tuple[str, ...]) -> float:
    """The room that names from outside need."""
    return max((len(clipped(label)) * LETTER for label in labels), default=0.0)


def clipped(label: str) -> str:
    """A name from outside, shortened to what a picture has room for."""
    label = " ".join(label.split())
    return label if len(label) <= _LABEL_LIMIT else label[: _LABEL_LIMIT - 1] + "…"


def _units(trace: Trace, tensor: str) -> int:
    shape = entry_shape(trace, tensor)
    return shape[-1] if shape else 1


@dataclass(frozen=True)
class _Columns:
    spacing: float
    middle: float

    def of(self, tensor: str, size: int, left: float) -> Column:
        """A column that starts at ``left``."""
        if size > MAX_UNITS:
            return Column(tensor, left + WIDE / 2, (), self.middle, WIDE, WIDE_HEIGHT)
        first = self.middle - self.spacing * (size - 1) / 2
        units = tuple(first + self.spacing * unit for unit in range(size))
        return Column(tensor, left + NODE / 2, units, self.middle, NODE, min(NODE, self.spacing - 16))


def _stage(trace: Trace, step: Step, source: Column, size: int, columns: _Columns) -> Stage:
    right = source.x + source.width / 2
    target = columns.of(step.output, size, 0)
    by_unit = bool(source.units and target.units)
    labelled = step.op == "linear" and by_unit and _room(columns.spacing, source, target)
    width, before, after = SQUARE, 36.0, 34.0
    if step is trace.steps[-1]:
        width, before = 66.0, 56 + label_width(trace.labels.classes)
    elif step.op == "linear" and by_unit:
        before = 196.0 if labelled else 130.0
    elif step.op == "linear" or step.op in NORMALISED:
        width, before, after = PARAMETER, _fan(source), _fan(target)
    x = right + before + width / 2
    target = columns.of(step.output, size, x + width / 2 + after)
    if by_unit and step.op not in NORMALISED and step is not trace.steps[-1]:
        inputs = source.entries if step.op == "linear" else ()
        squares = tuple(Square(x, target.at(i), width, inputs or (i,), (i,)) for i in target.entries)
    else:
        squares = (Square(x, target.y, width, source.entries, target.entries),)
    return Stage(step, source, squares, target, labelled)


def _fan(column: Column) -> float:
    """The room for edges between the units of a column and one square."""
    return 40 + 6.0 * len(column.units)


def _room(spacing: float, source: Column, target: Column) -> bool:
    """Whether the weights fit on their edges, those of one source between those of the next."""
    return spacing >= _LEAST * (1 + max(len(source.units), len(target.units)))


def _given(trace: Trace, loss: Square, middle: float) -> Column:
    size, first = _units(trace, "t"), middle + 92
    if size > MAX_TARGETS or (trace["t"].batched and trace.view == "mean"):  # the class of a mean is none
        return Column("t", loss.x, (), first + 8, PARAMETER, 52)
    return Column("t", loss.x, tuple(first + 44 * place for place in range(size)), first, NODE, 34)

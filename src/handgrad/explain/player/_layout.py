"""Where everything stands: variables in columns from left to right, functions between them, as the chapter draws it."""

from __future__ import annotations

from dataclasses import dataclass

from handgrad.explain._record import Step, Trace
from handgrad.explain._tape import NORMALISED
from handgrad.explain.player._frames import entry_shape
from handgrad.explain.player._places import Column, Layout, Square, Stage

MAX_UNITS = 16
"""Up to how many units a layer is drawn unit by unit."""

MAX_EDGES = 64
"""Up to how many weights of a linear map are drawn edge by edge."""

MAX_TARGETS = 4
"""Up to how many targets are drawn one by one."""

NODE, SQUARE, WIDE, PARAMETER = 56.0, 42.0, 168.0, 92.0
"""Widths of a unit, of a function, of a layer drawn as a whole, and of a parameter drawn as a whole."""

WIDE_HEIGHT, TOP, MARGIN, LETTER = 290.0, 96.0, 26.0, 6.4
_LABEL_LIMIT, _LEAST = 18, 20.0


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
    by_unit = bool(source.units and target.units) and step.op not in NORMALISED and step is not trace.steps[-1]
    by_unit = by_unit and (step.op != "linear" or len(source.units) * len(target.units) <= MAX_EDGES)
    labelled = step.op == "linear" and by_unit and _room(columns.spacing, source, target)
    width, before, after = SQUARE, 36.0, 34.0
    if step is trace.steps[-1]:
        width, before = 66.0, 56 + label_width(trace.labels.classes)
    elif step.op == "linear" and by_unit:
        before = 196.0 if labelled else 130.0
    elif step.op == "standardize":
        width = 60.0
    elif step.op == "linear" or step.op in NORMALISED:
        width, before, after = PARAMETER, _fan(source), _fan(target)
    x = right + before + width / 2
    target = columns.of(step.output, size, x + width / 2 + after)
    if by_unit:
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
    width = max(NODE, label_width(trace.labels.classes) + 14 if trace["t"].integer else 0)
    return Column("t", loss.x, tuple(first + 44 * place for place in range(size)), first, width, 34)

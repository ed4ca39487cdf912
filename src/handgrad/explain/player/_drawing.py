"""A record as a scene."""

from __future__ import annotations

from collections.abc import Iterator

from handgrad.explain._record import Trace
from handgrad.explain.player._edges import edges
from handgrad.explain.player._layout import TOP, layout
from handgrad.explain.player._nodes import nodes
from handgrad.explain.player._parameters import parameters
from handgrad.explain.player._places import Column, Layout
from handgrad.explain.player._scene import Group, Mark, Scene, Text
from handgrad.explain.player._shown import Shown


def drawing(trace: Trace, sample: int = 0) -> Scene:
    """The computation graph of a record with all its frames.

    Args:
        trace: the record.
        sample: which sample of a batch stands in the units.
    """
    shown, places = Shown(trace, sample), layout(trace)
    groups = (
        *edges(shown, places),
        *nodes(shown, places),
        *parameters(shown, places),
        *_headings(trace, places),
    )
    return Scene(places.width, places.height, groups, len(shown.timeline.frames))


def _headings(trace: Trace, places: Layout) -> Iterator[Group]:
    """The name of each column, and which layer it is."""
    yield _heading(places.stages[0].source, "input_layer")
    for stage in places.stages:
        word = ""
        if stage is places.stages[-1]:
            word = "objective"
        elif stage.step.output == trace.output:
            word = "output_layer"
        elif stage.step.op == "standardize":
            word = "standardised"
        elif stage.step.op != "linear":
            word = "hidden_layer"
        yield _heading(stage.target, word)


def _heading(column: Column, word: str) -> Group:
    marks = [Mark(Text(column.x, TOP - 44, column.tensor, size=18, name=True), "heading")]
    if word:
        marks.append(Mark(Text(column.x, TOP - 26, "", size=10.5, word=word), "caption"))
    return Group(tuple(marks), column.tensor)

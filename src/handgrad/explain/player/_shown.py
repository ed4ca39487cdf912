"""What a picture shows of a record: which sample, which number when, and as which text."""

from __future__ import annotations

from handgrad.explain._names import gradient_name
from handgrad.explain._record import Step, Trace
from handgrad.explain.player._frames import Entry, Timeline, entry_shape
from handgrad.explain.player._layout import clipped
from handgrad.explain.player._numbers import short

Frames = tuple[int, ...]
Units = tuple[int | None, ...]


class Shown:
    """A record with its frames, seen at one sample.

    Args:
        trace: the record.
        sample: which sample of a batch stands in the units.
    """

    def __init__(self, trace: Trace, sample: int = 0) -> None:
        self.trace, self.timeline, self.sample = trace, Timeline(trace), sample

    def has(self, tensor: str) -> bool:
        """Whether the record holds this tensor, such as the gradient of what may be frozen."""
        return tensor in self.trace.tensors

    def unit(self, tensor: str, unit: int) -> Entry:
        """A unit as an index; a single number has none."""
        return (unit,) if entry_shape(self.trace, tensor) else ()

    def index(self, tensor: str, entry: Entry) -> Entry:
        """The full index of a number, the sample in front where there is one."""
        return (self.sample, *entry) if self.trace[tensor].batched else entry

    def text(self, tensor: str, entry: Entry) -> str:
        """The number, rounded; of a class index the name."""
        values, value = self.trace[tensor], self.trace[tensor][self.index(tensor, entry)]
        classes = self.trace.labels.classes
        if values.integer and tensor == "t" and 0 <= value < len(classes):
            return clipped(classes[int(value)])
        return short(value)

    def forward(self, tensor: str, units: Units) -> Frames:
        """The frames in which these units are computed; none for what is given."""
        entries = [None if unit is None else (unit,) for unit in units]
        return tuple(sorted({self.timeline.when(tensor, entry) for entry in entries} - {0}))

    def backward(self, variable: str, units: Units) -> Frames:
        """The frames in which the gradients of these units are computed."""
        return self.forward(gradient_name(variable), units)

    def needing(self, step: Step, unit: int | None) -> Frames:
        """The frames in which the upstream gradient of an output of ``step`` is multiplied."""
        found: list[int] = []
        for gradient in step.gradients:
            every = unit is None or gradient.kind in ("weight", "jacobian", "loss")
            for number in self.timeline.all_of(gradient.name):
                entry = self.timeline.frames[number].entry
                if every or entry is None or entry[0] == unit:
                    found.append(number)
        return tuple(sorted(found))

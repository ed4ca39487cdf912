"""The frames of the animation: what is computed when, forward number by number, then back, then the update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from handgrad.explain._record import Note, Step, Trace

Phase = Literal["start", "forward", "backward", "update"]
Entry = tuple[int, ...]

SPLIT = 6
"""Up to how many numbers of a tensor, in one sample, come one after the other; more come at once."""


@dataclass(frozen=True)
class Frame:
    """One moment of the run.

    Attributes:
        phase: where in the run it is.
        tensor: the name of what is computed now; at the start the input.
        entry: which number of it, counted from 0, without the sample; None: all of it at once.
        step: the place of the step in the record; -1 at the start.
        notes: what there is to say now.
    """

    phase: Phase
    tensor: str
    entry: Entry | None
    step: int
    notes: tuple[Note, ...] = ()


_FORWARD = ("dead", "kink", "convention")
_BACKWARD = {
    "weight": ("transpose",),
    "input": ("transpose", "batch_sum"),
    "one": ("batch_sum",),
    "elementwise": ("dead", "kink", "vanishing"),
    "jacobian": (),
    "loss": ("convention", "probabilities_minus_target"),
}


def frames(trace: Trace) -> tuple[Frame, ...]:
    """All moments of a run in order; the first shows what is given, the last everything.

    Args:
        trace: the record.
    """
    return (Frame("start", "x", None, -1), *_forward(trace), *_backward(trace), *_updates(trace))


def entry_shape(trace: Trace, tensor: str) -> tuple[int, ...]:
    """The shape of a tensor in one sample."""
    values = trace[tensor]
    return values.shape[1:] if values.batched else values.shape


def _forward(trace: Trace) -> Iterator[Frame]:
    for place, step in enumerate(trace.steps):
        for entry in _entries(trace, step.output):
            yield Frame("forward", step.output, entry, place, _notes(step, _FORWARD))


def _backward(trace: Trace) -> Iterator[Frame]:
    for place in reversed(range(len(trace.steps))):
        step = trace.steps[place]
        of_input, *of_parameters = step.gradients
        for gradient in (*of_parameters, of_input):
            notes = _notes(step, _BACKWARD[gradient.kind])
            for entry in _entries(trace, gradient.name) if gradient.computed else ():
                yield Frame("backward", gradient.name, entry, place, notes)


def _updates(trace: Trace) -> Iterator[Frame]:
    for update in trace.updates:
        place = next(place for place, step in enumerate(trace.steps) if update.parameter in step.parameters)
        yield Frame("update", update.after, None, place)


def _entries(trace: Trace, tensor: str) -> list[Entry | None]:
    shape = entry_shape(trace, tensor)
    entries: list[Entry | None] = list(product(*map(range, shape)))
    return entries if len(entries) <= SPLIT else [None]


def _notes(step: Step, keys: tuple[str, ...]) -> tuple[Note, ...]:
    return tuple(note for note in step.notes if note.key in keys)


class Timeline:
    """When each number appears.

    Args:
        trace: the record.
    """

    def __init__(self, trace: Trace) -> None:
        self.frames = frames(trace)
        self._when: dict[tuple[str, Entry | None], int] = {}
        self._all: dict[str, list[int]] = {}
        for number, frame in enumerate(self.frames):
            self._when[frame.tensor, frame.entry] = number
            self._all.setdefault(frame.tensor, []).append(number)

    def when(self, tensor: str, entry: Entry | None) -> int:
        """The frame in which a number appears; 0 for what is given."""
        found = self._when.get((tensor, entry), self._when.get((tensor, None)))
        return self._all.get(tensor, [0])[-1] if found is None else found

    def all_of(self, tensor: str) -> tuple[int, ...]:
        """The frames in which the numbers of a tensor appear, one after the other."""
        return tuple(self._all.get(tensor, ()))

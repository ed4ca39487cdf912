"""The places of what is drawn: columns of variables, functions between them, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass

from handgrad.explain._record import Step


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

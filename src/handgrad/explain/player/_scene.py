"""What is to be drawn, and when, as plain data: SVG, player and GIF are three renderings of one scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Line:
    """A straight line; ``arrow`` puts a head at its end."""

    x1: float
    y1: float
    x2: float
    y2: float
    arrow: bool = False


@dataclass(frozen=True)
class Box:
    """A rectangle around its middle; with ``radius`` half its height it is round."""

    x: float
    y: float
    width: float
    height: float
    radius: float


@dataclass(frozen=True)
class Text:
    """A line of text at its baseline.

    Attributes:
        x: where it is anchored.
        y: its baseline.
        text: what it says; foreign text is allowed.
        anchor: which part of it is at ``x``.
        size: of the letters, in pixels.
        name: whether ``text`` is a name of the record, set as mathematics.
        word: the key of a word that depends on the language, with ``{}`` for ``text``; empty for none.
    """

    x: float
    y: float
    text: str
    anchor: Anchor = "middle"
    size: float = 12
    name: bool = False
    word: str = ""


@dataclass(frozen=True)
class Picture:
    """Numbers as colours, row by row, inside a rectangle whose upper left corner is given."""

    x: float
    y: float
    width: float
    height: float
    rows: tuple[tuple[float, ...], ...]


Shape = Line | Box | Text | Picture


@dataclass(frozen=True)
class Mark:
    """A shape with its part in the play.

    Attributes:
        shape: what.
        role: which style: words of graph.css.
        since: the first frame in which it is there.
        until: the first frame in which it is no longer there; None for ever.
        active: the frames in which it is what happens.
    """

    shape: Shape
    role: str
    since: int = 0
    until: int | None = None
    active: tuple[int, ...] = ()

    def present(self, frame: int) -> bool:
        """Whether it is there."""
        return self.since <= frame and (self.until is None or frame < self.until)


@dataclass(frozen=True)
class Group:
    """Marks that belong together; with a tensor they are something to click on.

    Attributes:
        marks: from back to front.
        tensor: the tensor of the record that they show; empty for none.
        index: which number of it, the sample included; None for all of it.
        title: the full text of what is shortened; foreign text.
    """

    marks: tuple[Mark, ...]
    tensor: str = ""
    index: tuple[int, ...] | None = None
    title: str = ""


@dataclass(frozen=True)
class Scene:
    """A picture with all its frames.

    Attributes:
        width: in pixels.
        height: in pixels.
        groups: from back to front.
        frames: how many frames there are.
    """

    width: float
    height: float
    groups: tuple[Group, ...]
    frames: int

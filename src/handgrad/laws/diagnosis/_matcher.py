"""What a matcher is: one cause of the catalogue and how it is recognised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot


@dataclass(frozen=True)
class SlotMatcher:
    """Recognises a wrong derivative by one tensor.

    Attributes:
        cause: the key in `CAUSES`.
        find: gives the evidence in words, or None where it is something else.
    """

    cause: str
    find: Callable[[Slot, Observations], str | None]


@dataclass(frozen=True)
class ConductMatcher:
    """Recognises what a function does wrong besides the numbers of an ordinary gradient.

    Attributes:
        cause: the key in `CAUSES`.
        find: gives the evidence in words, or None where it is something else.
    """

    cause: str
    find: Callable[[Observations], str | None]

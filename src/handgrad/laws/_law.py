"""What a law is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handgrad.laws._subject import Subject


@dataclass(frozen=True)
class Law:
    """Something that every differentiable function must obey.

    Attributes:
        name: the key by which it is chosen and reported.
        family: the group that it is chosen and shown with.
        statement: what it says, in one sentence.
        judge: returns where the law holds (a sentence where there is something to say all the same, a kink say, else None), and
            raises `BrokenError`, `NotOfferedError` or `NotApplicableError` where not. An exception of the subject's own is read
            by the caller.
        slow: whether it starts compilers or processes, and is only tried when chosen.
        offered: whether the canonical form (handgrad's own ops) offers it, so that ``strict`` demands it.
    """

    name: str
    family: str
    statement: str
    judge: Callable[[Subject], str | None]
    slow: bool = False
    offered: bool = True

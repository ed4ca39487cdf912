"""How a law ends where it does not simply hold, and the numbers that show it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """One number that is not what it should be.

    Attributes:
        what: which quantity: ``gradient of weight``.
        entry: its place in the tensor; None where there is no single place.
        expected: what it should be.
        got: what it is.
        noise: how much of a difference rounding explains; None where none is allowed.
        share: how many entries are wrong, of how many; None where that means nothing.
    """

    what: str
    entry: tuple[int, ...] | None = None
    expected: float | str | None = None
    got: float | str | None = None
    noise: float | None = None
    share: tuple[int, int] | None = None

    def __str__(self) -> str:
        """One sentence."""
        place = f"{self.what}{list(self.entry) if self.entry else ''}"
        words = f"{place}: expected {_number(self.expected)}, got {_number(self.got)}"
        if self.noise is not None:
            words += f" (rounding explains {self.noise:.1e})"
        return words + (f"; {self.share[0]} of {self.share[1]} entries are wrong" if self.share else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain containers, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Evidence:
        """What `to_dict` gave, also after it went through JSON, where NaN and infinities are words and tuples are lists."""
        values: dict[str, Any] = {**record}
        for name in ("entry", "share"):
            values[name] = None if record[name] is None else tuple(record[name])
        for name in ("expected", "got", "noise"):
            values[name] = NOT_IN_JSON.get(record[name], record[name])
        return cls(**values)


NOT_IN_JSON: dict[Any, float] = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def _number(value: float | str | None) -> str:
    return f"{value:.8g}" if isinstance(value, float) else str(value)


class BrokenError(Exception):
    """The law does not hold, with the evidence.

    Args:
        sentence: what is wrong, for a reader who sees nothing else.
        evidence: the numbers that show it, the worst first.
    """

    def __init__(self, sentence: str, *evidence: Evidence) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.evidence = evidence


class NotOfferedError(Exception):
    """The function does not offer what the law is about (no jvp, no vmap rule, a refusal); the message says what."""


class NotApplicableError(Exception):
    """The law says nothing about such a function or such inputs; the message says why."""

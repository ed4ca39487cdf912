"""The value itself: beside an oracle, off the tape, to the last digits."""

from __future__ import annotations

import torch

from handgrad.laws.diagnosis._differing import another
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations

STEP = 1e-10
"""So little that float32 does not see it, and float64 does."""


def value_wrong(seen: Observations) -> str | None:
    """The output is not the oracle's."""
    if seen.subject.oracle is None:
        return None
    with torch.no_grad():
        got, right = seen.subject(*seen.subject.points), seen.subject.by_oracle(*seen.subject.points)
    found = another(["the output"] * len(right), got, right)
    return found and f"beside the oracle, {found}"


def value_off_tape(seen: Observations) -> str | None:
    """The output depends on whether torch records."""
    recorded = seen.subject(*seen.subject.leaves())
    with torch.no_grad():
        plain = seen.subject(*seen.subject.points)
    found = another(["the output"] * len(plain), plain, recorded)
    return found and f"under torch.no_grad() {found}"


def low_precision(seen: Observations) -> str | None:
    """The value does not move when the arguments do, by more than a rounding."""
    wide = seen.given.in_dtype(torch.float64)
    moved = (wide.at([point * grown for point in wide.points]) for grown in (1, 1 + STEP, 1.001))
    here, there, far = (one(*one.leaves()) for one in moved)
    if any(output.dtype is not torch.float64 for output in here):
        return None
    creeps, moves = (
        sum(float((a - b).abs().sum()) for a, b in zip(here, other, strict=True)) for other in (there, far)
    )
    if creeps > 0 or not moves > 0:
        return None
    return f"in float64 the value stays the same to the last digit when the arguments grow by {STEP:g} of themselves"


MATCHERS = (
    ConductMatcher("value_wrong", value_wrong),
    ConductMatcher("value_off_tape", value_off_tape),
    ConductMatcher("low_precision", low_precision),
)

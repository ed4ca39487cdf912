"""The value itself, where there is something right to compare it with."""

from __future__ import annotations

import torch

from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._wording import number, place


def value_wrong(seen: Observations) -> str | None:
    """The output is not the oracle's."""
    if seen.subject.oracle is None:
        return None
    with torch.no_grad():
        mine, theirs = seen.subject(*seen.subject.points), seen.subject.by_oracle(*seen.subject.points)
    for one, other in zip(mine, theirs, strict=True):
        if one.shape != other.shape:
            return f"the output has shape {tuple(one.shape)}, the oracle's has {tuple(other.shape)}"
        if not torch.allclose(one, other, 1e-4, 1e-6, equal_nan=True):
            entry = int((one - other).abs().nan_to_num(torch.inf).argmax())
            got, right = float(one.reshape(-1)[entry]), float(other.reshape(-1)[entry])
            return f"the output{place(one.shape, entry)} is {number(got)}, the oracle's is {number(right)}"
    return None


def value_off_tape(seen: Observations) -> str | None:
    """The output depends on whether torch records."""
    recorded = seen.subject(*seen.subject.leaves())
    with torch.no_grad():
        plain = seen.subject(*seen.subject.points)
    for one, other in zip(plain, recorded, strict=True):
        if not torch.allclose(one, other, 1e-7, 1e-9, equal_nan=True):
            entry = int((one - other).abs().nan_to_num(torch.inf).argmax())
            off, on = float(one.reshape(-1)[entry]), float(other.reshape(-1)[entry])
            return f"the output{place(one.shape, entry)} is {number(off)} under torch.no_grad() and {number(on)} otherwise"
    return None


def low_precision(seen: Observations) -> str | None:
    """The value does not move when the arguments do, by more than a rounding."""
    wide = seen.given.in_dtype(torch.float64)
    here, there, far = (wide.at([point * grown for point in wide.points]) for grown in (1, 1 + 1e-10, 1 + 1e-3))
    here, there, far = (one(*one.leaves()) for one in (here, there, far))
    moves = sum(float((a - b).abs().sum()) for a, b in zip(here, far, strict=True))
    creeps = sum(float((a - b).abs().sum()) for a, b in zip(here, there, strict=True))
    if creeps > 0 or not moves > 0 or any(output.dtype is not torch.float64 for output in here):
        return None
    return "in float64 the value stays the same to the last digit when the arguments grow by 1e-10: it is computed in fewer digits"


MATCHERS = (ConductMatcher("value_wrong", value_wrong), ConductMatcher("value_off_tape", value_off_tape), ConductMatcher("low_precision", low_precision))

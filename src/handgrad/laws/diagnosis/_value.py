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


MATCHERS = (ConductMatcher("value_wrong", value_wrong),)

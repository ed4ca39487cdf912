"""Right to first order, wrong to second; and what is kept for backward."""

from __future__ import annotations

from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._second_order import Second
from handgrad.laws.diagnosis._wording import listed, number, ratio


def saved_intermediate(seen: Observations) -> str | None:
    """Something between input and output was kept: torch does not know how it depends on them."""
    wrong = _wrong(seen)
    kept = [thing for thing in seen.kept if not thing.known]
    if not wrong or not kept:
        return None
    return (
        f"the gradient is right and its own derivative is not: {_evidence(wrong[0])}. What is kept for backward is neither input "
        f"nor output: {listed(kept)}"
    )


def detached(seen: Observations) -> str | None:
    """The gradient does not know what it depends on."""
    wrong = _wrong(seen)
    if not wrong or not all(one.lost for one in wrong):
        return None
    names = listed(one.name for one in wrong)
    return f"the gradient is right and does not know that it depends on {names}: {_evidence(wrong[0])}"


def second_order_wrong(seen: Observations) -> str | None:
    """The gradient's own derivative is wrong in another way."""
    wrong = _wrong(seen)
    return f"the gradient is right and its own derivative is not: {_evidence(wrong[0])}" if wrong else None


def tensor_on_context(seen: Observations) -> str | None:
    """A tensor as an attribute of ctx."""
    found = [thing for thing in seen.kept if thing.attribute]
    return f"{listed(found)} is kept as an attribute, not by save_for_backward" if found else None


def _wrong(seen: Observations) -> list[Second]:
    return [one for one in seen.second if one.wrong]


def _evidence(one: Second) -> str:
    claimed, true = one.worst()
    times = f", {ratio(claimed / true)} times as much" if claimed and true else ""
    return f"by {one.name}, differentiating backward gives {number(claimed)}, differences of backward give {number(true)}{times}"


MATCHERS = (
    ConductMatcher("saved_intermediate", saved_intermediate),
    ConductMatcher("detached", detached),
    ConductMatcher("second_order_wrong", second_order_wrong),
)
KEEPING = ConductMatcher("tensor_on_context", tensor_on_context)

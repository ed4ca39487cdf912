"""What backward does with the upstream gradient v: the gradient must be Jᵀ v, linear in v."""

from __future__ import annotations

from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import number, place


def ignored(slot: Slot, seen: Observations) -> str | None:
    """The same gradient whatever comes in."""
    uses = seen.uses(slot)
    if not (uses.same(uses.once, uses.twice) and uses.same(uses.once, uses.zero)) or uses.linear:
        return None
    return f"the {slot.what} does not depend on the upstream gradient v: {uses.example()}, and as much for 0"


def squared(slot: Slot, seen: Observations) -> str | None:
    """The gradient is quadratic in what comes in."""
    uses = seen.uses(slot)
    if uses.linear or not uses.same(uses.twice, 4 * uses.once):
        return None
    return f"the {slot.what} is quadratic in the upstream gradient v: {uses.example()}, four times as much"


def masked_by_upstream(slot: Slot, seen: Observations) -> str | None:
    """Negative (or positive) entries of the upstream gradient are dropped."""
    uses = seen.uses(slot)
    if uses.linear:
        return None
    for sign, word in ((1, "negative"), (-1, "positive")):
        kept = uses.rows * (sign * uses.rows > 0)
        if uses.same(uses.once, uses.product(kept)) or (slot.square and uses.same(uses.once, kept)):
            return (
                f"the {slot.what} drops the {word} entries of the upstream gradient: "
                "the mask is taken from it instead of from the forward pass"
            )
    return None


def clipped(slot: Slot, seen: Observations) -> str | None:
    """Right for a small upstream gradient, another for a large one."""
    uses = seen.uses(slot)
    small = 2.0**-14 / max(1.0, float(slot.views[0].true.nan_to_num(0.0).abs().amax()))
    if uses.linear or not uses.same(seen.scaled(small)[slot.place].reshape(-1) / small, uses.product(uses.rows)):
        return None
    return (
        f"the {slot.what} is right for a small upstream gradient and not for a large one: {uses.example()}; "
        "backward clips or saturates"
    )


def added(slot: Slot, seen: Observations) -> str | None:
    """Something is added that does not come from upstream."""
    uses = seen.uses(slot)
    if uses.same(uses.zero, 0 * uses.zero) or not uses.same(uses.twice - uses.zero, 2 * (uses.once - uses.zero)):
        return None
    entry = int(uses.zero.abs().nan_to_num(0.0).argmax())
    there, got = place(slot.shape, entry), number(float(uses.zero[entry]))
    return f"the {slot.what} is not zero for an upstream gradient of zero: {slot.name}{there} gets {got}"


def nonlinear(slot: Slot, seen: Observations) -> str | None:
    """Anything else that is not linear."""
    uses = seen.uses(slot)
    return None if uses.linear else f"the {slot.what} is not linear in the upstream gradient v: {uses.example()}"


def collapsed(slot: Slot, seen: Observations) -> str | None:
    """Every output gets the same upstream gradient: a sum, a mean, or one entry of it for all."""
    if slot.shape_y is None or slot.shape_y.numel() < 2:
        return None
    if not slot.everywhere(_rows_alike) and not slot.everywhere(_one_row):
        return None
    return (
        f"the {slot.what} depends on the upstream gradient only through one number (its sum, its mean or one entry of it), "
        f"where there are {slot.shape_y.numel()}: {slot.example()}"
    )


def _rows_alike(view: View) -> bool:
    return view.same(view.claimed, view.claimed[:1].expand_as(view.claimed))


def _one_row(view: View) -> bool:
    there = ~view.none(view.claimed)
    return int(there.any(1).sum()) == 1 and int(there.sum()) > 1


MATCHERS = (
    SlotMatcher("upstream_ignored", ignored),
    SlotMatcher("upstream_squared", squared),
    SlotMatcher("upstream_masked", masked_by_upstream),
    SlotMatcher("upstream_clipped", clipped),
    SlotMatcher("upstream_offset", added),
    SlotMatcher("upstream_nonlinear", nonlinear),
)
COLLAPSED = SlotMatcher("upstream_collapsed", collapsed)

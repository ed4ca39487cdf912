"""Entries that must pass and do not, and entries that must not pass and do."""

from __future__ import annotations

import torch

from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import number, place


def _open(view: View) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the claimed and the true Jacobian have something, among the entries where either has."""
    claimed, true = ~view.none(view.claimed), ~view.none(view.true)
    either = claimed | true
    return claimed[either], true[either]


def inverted(slot: Slot, seen: Observations) -> str | None:
    """The claimed entries are exactly where the true ones are not."""
    for view in slot.views:
        claimed, true = _open(view)
        if bool((claimed == true).any()) or not claimed.any() or not true.any():
            return None
    if not slot.square:
        return None
    whole = sum(int(mask.numel()) for mask in _open(slot.views[0]))
    if whole < slot.shape.numel():
        return None
    return (
        f"the {slot.what} passes exactly where it must be zero, and is zero exactly where it must pass: "
        f"the mask is inverted{_example(slot)}"
    )


def missing(slot: Slot, seen: Observations) -> str | None:
    """Entries pass that must be zero; the rest is right."""
    if not all(bool(view.none(view.true)[view.wrong].all()) for view in slot.views) or not _some_right(slot):
        return None
    view = slot.views[0]
    count = int((view.wrong.any(0)).sum())
    return (
        f"the {slot.what} passes where it must be zero, in {count} of {slot.shape.numel()} entries; the others are right: "
        f"a mask is missing, or lets too much through{_example(slot)}"
    )


def closed(slot: Slot, seen: Observations) -> str | None:
    """Entries are zero that must pass; the rest is right, some of which passes."""
    if not all(bool(view.none(view.claimed)[view.wrong].all()) for view in slot.views) or not _some_right(slot):
        return None
    count = int((slot.views[0].wrong.any(0)).sum())
    return (
        f"the {slot.what} is zero in {count} of {slot.shape.numel()} entries where it must pass; the others are right: "
        f"a mask shuts too much, or is taken from another tensor{_example(slot)}"
    )


def wrong(slot: Slot, seen: Observations) -> str | None:
    """Entries pass that must be zero, and others are zero that must pass."""
    for view in slot.views:
        if not bool((view.none(view.claimed) | view.none(view.true))[view.wrong].all()):
            return None
    if not _some_right(slot):
        return None
    return (
        f"the {slot.what} is zero in entries that must pass, and passes in entries that must be zero; the others are right: "
        f"the mask is taken from the wrong tensor{_example(slot)}"
    )


def _some_right(slot: Slot) -> bool:
    """Whether an entry that must pass does."""
    return all(bool((~view.wrong & ~view.none(view.true) & ~view.true.isnan()).any()) for view in slot.views)


def _example(slot: Slot) -> str:
    view, row, entry = slot.worst()
    at = f", where {slot.name} is {number(float(view.point.reshape(-1)[entry]))}" if slot.square else ""
    return (
        f"; entry {place(slot.shape, entry) or 'alone'}{at}, has {number(float(view.claimed[row, entry]))}, "
        f"the right one is {number(float(view.true[row, entry]))}"
    )


MATCHERS = (
    SlotMatcher("mask_inverted", inverted),
    SlotMatcher("mask_missing", missing),
    SlotMatcher("mask_wrong", closed),
    SlotMatcher("mask_wrong", wrong),
)

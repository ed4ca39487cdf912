"""Entries that must pass and do not, and entries that must not pass and do."""

from __future__ import annotations

import torch

from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import number


def inverted(slot: Slot, seen: Observations) -> str | None:
    """On the diagonal exactly those entries are there that must not be, or its two values are exchanged."""
    if not slot.square or not (slot.everywhere(_opposite) or slot.everywhere(_exchanged)):
        return None
    return f"the {slot.what} passes exactly where it must not, and does not where it must: {_example(slot)}"


def _opposite(view: View) -> bool:
    claimed, true = (view.none(matrix)[view.diagonal] for matrix in (view.claimed, view.true))
    return bool((claimed != true).all()) and bool(claimed.any()) and bool(true.any())


def _exchanged(view: View) -> bool:
    """Slopes of two kinds, as of a leaky ReLU, each where the other must be."""
    claimed, true = view.claimed[view.diagonal], view.true[view.diagonal]
    low, high = true.nan_to_num(torch.inf).min(), true.nan_to_num(-torch.inf).max()
    two_kinds = bool((view.near(true, low) | view.near(true, high)).all())
    return two_kinds and float(high - low) > view.tolerance and view.same(claimed, low + high - true)


def open_(slot: Slot, seen: Observations) -> str | None:
    """Entries pass that must be zero; the rest is right."""
    if not _some_right(slot) or not slot.everywhere(lambda view: bool(view.none(view.true)[view.wrong].all())):
        return None
    return (
        f"the {slot.what} passes where it must be zero, {_count(slot)}; the others are right, "
        f"so a mask is missing, or lets too much through: {_example(slot)}"
    )


def shut(slot: Slot, seen: Observations) -> str | None:
    """Entries are zero that must pass; the rest is right, some of which passes."""
    if not _some_right(slot) or not slot.everywhere(lambda view: bool(view.none(view.claimed)[view.wrong].all())):
        return None
    return (
        f"the {slot.what} is zero where it must pass, {_count(slot)}; the others are right, "
        f"so a mask shuts too much, or is taken from another tensor: {_example(slot)}"
    )


def mixed(slot: Slot, seen: Observations) -> str | None:
    """Entries pass that must be zero, and others are zero that must pass."""

    def one_is_zero(view: View) -> bool:
        return bool((view.none(view.claimed) | view.none(view.true))[view.wrong].all())

    if not _some_right(slot) or not slot.everywhere(one_is_zero):
        return None
    return (
        f"the {slot.what} is zero in entries that must pass, and passes in entries that must be zero, {_count(slot)}; the others "
        f"are right, so the mask is taken from the wrong tensor: {_example(slot)}"
    )


def _some_right(slot: Slot) -> bool:
    """Whether an entry that must pass does."""
    return slot.everywhere(lambda view: bool((~view.wrong & ~view.none(view.true)).any()))


def _count(slot: Slot) -> str:
    return f"in {int(slot.views[0].wrong.any(0).sum())} of {slot.shape.numel()} entries"


def _example(slot: Slot) -> str:
    view, _, entry = slot.worst()
    at = f", where {slot.name} is {number(float(view.point.reshape(-1)[entry]))}" if slot.square else ""
    return slot.example() + at


MATCHERS = (
    SlotMatcher("mask_inverted", inverted),
    SlotMatcher("mask_missing", open_),
    SlotMatcher("mask_wrong", shut),
    SlotMatcher("mask_wrong", mixed),
)

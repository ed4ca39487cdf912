"""The right numbers in the wrong places, or not all of them."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import listed, number


def missing(slot: Slot, seen: Observations) -> str | None:
    """None or zeros where there is a gradient."""
    if not slot.everywhere(lambda view: bool(view.none(view.claimed).all())):
        return None
    nothing = "None" if seen.plain[slot.place] is None else "zero in every entry"
    return f"the {slot.what} is {nothing}: {slot.example()}"


def transposed(slot: Slot, seen: Observations) -> str | None:
    """The last two dimensions of a gradient are exchanged."""
    if len(slot.shape) < 2 or slot.shape[-1] != slot.shape[-2]:
        return None

    def turned(matrix: Tensor) -> Tensor:
        return matrix.reshape(-1, *slot.shape).mT.reshape(matrix.shape)

    if not slot.everywhere(lambda view: view.same(turned(view.claimed), view.true)):
        return None
    view, row, entry = slot.worst()
    opposite = int(turned(torch.arange(slot.shape.numel(), dtype=torch.float64).reshape(1, -1))[0, entry])
    return f"the {slot.what} is the transpose of the right one: {_taken_from(slot, view, row, entry, (row, opposite))}"


def jacobian_transposed(slot: Slot, seen: Observations) -> str | None:
    """J v instead of Jᵀ v: the product with a matrix where the one with its transpose is meant."""
    if slot.shape_y is None or slot.shape_y.numel() != slot.shape.numel() or slot.shape.numel() < 2:
        return None
    if not slot.everywhere(lambda view: view.same(view.claimed, view.true.mT)):
        return None
    view, row, entry = slot.worst()
    words = _taken_from(slot, view, row, entry, (entry, row))
    return f"the {slot.what} is J v, the product of the upstream gradient with the Jacobian instead of its transpose: {words}"


def _taken_from(slot: Slot, view: View, row: int, entry: int, opposite: tuple[int, int]) -> str:
    got, right = float(view.claimed[row, entry]), float(view.true[row, entry])
    return (
        f"{slot.partial(row, entry)} is {number(got)}, which is the right value of {slot.partial(*opposite)}; "
        f"its own is {number(right)}"
    )


def swapped(slot: Slot, seen: Observations) -> str | None:
    """The gradient of another argument of the same size."""
    for other in seen.slots:
        if other.place == slot.place or other.shape.numel() != slot.shape.numel():
            continue
        pairs = zip(slot.views, other.views, strict=True)
        if all(mine.same(mine.claimed, theirs.true) for mine, theirs in pairs):
            return f"the {slot.what} is that of {other.name}: {slot.example()}"
    return None


def off_diagonal_missing(slot: Slot, seen: Observations) -> str | None:
    """Of a full Jacobian only the diagonal is used."""

    def only_the_diagonal(view: View) -> bool:
        own = view.diagonal
        return view.same(view.claimed[own], view.true[own]) and bool(view.none(view.claimed)[~own].all())

    if not slot.square or not slot.everywhere(only_the_diagonal):
        return None
    return f"of the {slot.what} only the diagonal of the Jacobian is there: {slot.example()}"


def diagonal_wrong(slot: Slot, seen: Observations) -> str | None:
    """The diagonal is wrong, and nothing else, though there is more."""

    def rest_is_right(view: View) -> bool:
        rest = ~view.diagonal
        return view.same(view.claimed[rest], view.true[rest]) and not bool(view.none(view.true)[rest].all())

    if not slot.square or not slot.everywhere(rest_is_right):
        return None
    return f"in the {slot.what} the diagonal of the Jacobian is wrong and the rest is right: {slot.example()}"


def wrong_dimension(slot: Slot, seen: Observations) -> str | None:
    """A sum over another dimension than the function's: it couples entries that have nothing to do with each other."""
    if not slot.square or len(slot.shape) < 2:
        return None
    claimed, true = set[int](), set[int]()
    for view in slot.views:
        claimed |= _coupled(~view.none(view.claimed), slot.shape)
        true |= _coupled(~view.none(view.true), slot.shape)
    if not true or not claimed - true:
        return None
    return (
        f"the {slot.what} couples entries along dimension {listed(sorted(claimed))}, and the function does so only along "
        f"dimension {listed(sorted(true))}: a sum of backward runs over the wrong dimension, or over too many"
    )


def _coupled(depends: Tensor, shape: torch.Size) -> set[int]:
    """The dimensions along which an output depends on an entry that is not its own."""
    here, there = (torch.unravel_index(flat, tuple(shape)) for flat in depends.nonzero(as_tuple=True))
    return {dim for dim, (one, other) in enumerate(zip(here, there, strict=True)) if bool((one != other).any())}


def part_of_batch(slot: Slot, seen: Observations) -> str | None:
    """Some rows of the output send nothing back; the others are right."""
    if slot.shape_y is None or len(slot.shape_y) < 1:
        return None
    wrong = _rows_with([view.wrong for view in slot.views], slot.shape_y[0])
    there = _rows_with([~view.none(view.claimed) for view in slot.views], slot.shape_y[0])
    if not wrong or wrong & there or len(wrong) == slot.shape_y[0]:
        return None
    return (
        f"the {slot.what} is right for a part of the outputs only: of {slot.shape_y[0]} rows of y, {listed(sorted(wrong))} "
        "count for nothing"
    )


def _rows_with(masks: list[Tensor], batch: int) -> set[int]:
    """The samples, in the first dimension of the output, for which a mask is set anywhere."""
    return {int(row) for mask in masks for row in mask.reshape(batch, -1).any(1).nonzero().reshape(-1)}


MATCHERS = (
    SlotMatcher("missing_gradient", missing),
    SlotMatcher("transposed", transposed),
    SlotMatcher("swapped", swapped),
    SlotMatcher("off_diagonal_missing", off_diagonal_missing),
    SlotMatcher("part_of_batch", part_of_batch),
    SlotMatcher("jacobian_transposed", jacobian_transposed),
    SlotMatcher("wrong_dimension", wrong_dimension),
    SlotMatcher("diagonal_wrong", diagonal_wrong),
)

"""The right numbers in the wrong places: transposed, swapped, not all there."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import listed, number, place


def transposed(slot: Slot, seen: Observations) -> str | None:
    """The last two dimensions of a gradient are exchanged."""
    if len(slot.shape) < 2 or slot.shape[-1] != slot.shape[-2]:
        return None

    def turned(matrix: Tensor) -> Tensor:
        return matrix.reshape(-1, *slot.shape).mT.reshape(matrix.shape)

    if not all(view.same(turned(view.claimed), view.true) for view in slot.views):
        return None
    view, row, entry = slot.worst()
    opposite = int(turned(torch.arange(slot.shape.numel()).reshape(1, -1).double())[0, entry])
    return (
        f"the {slot.what} is the transpose of the right one: entry {place(slot.shape, entry)} has "
        f"{number(float(view.claimed[row, entry]))}, which is the right value of {place(slot.shape, opposite)}; "
        f"its own is {number(float(view.true[row, entry]))}"
    )


def jacobian_transposed(slot: Slot, seen: Observations) -> str | None:
    """J v instead of Jᵀ v: the product with the matrix where the one with its transpose is meant."""
    if slot.shape_y is None or slot.shape_y.numel() != slot.shape.numel() or slot.shape.numel() < 2:
        return None
    if not all(view.same(view.claimed, view.true.mT) for view in slot.views):
        return None
    view, row, entry = slot.worst()
    return (
        f"the {slot.what} is the product of the upstream gradient with J, not with its transpose: ∂y{place(slot.shape_y, row)}/"
        f"∂{slot.name}{place(slot.shape, entry)} has {number(float(view.claimed[row, entry]))}, which is the right value the other way "
        f"round; its own is {number(float(view.true[row, entry]))}"
    )


def swapped(slot: Slot, seen: Observations) -> str | None:
    """The gradient of another argument of the same size."""
    for other in seen.slots:
        if other.place == slot.place or other.shape.numel() != slot.shape.numel():
            continue
        pairs = list(zip(slot.views, other.views, strict=True))
        if all(mine.same(mine.claimed, theirs.true) for mine, theirs in pairs):
            view, row, entry = slot.worst()
            return (
                f"the {slot.what} is that of {other.name}: entry {place(slot.shape, entry)} has "
                f"{number(float(view.claimed[row, entry]))}, as {other.name} must; its own is {number(float(view.true[row, entry]))}"
            )
    return None


def missing(slot: Slot, seen: Observations) -> str | None:
    """None or zeros where there is a gradient."""
    if not all(bool(view.none(view.claimed).all()) for view in slot.views):
        return None
    view, row, entry = slot.worst()
    what = "None" if seen.plain[slot.place] is None else "zero in every entry"
    return f"the {slot.what} is {what}; entry {place(slot.shape, entry)} must be {number(float(view.true[row, entry]))}"


def _diagonal(view: View) -> Tensor:
    return torch.eye(*view.true.shape, dtype=torch.bool)


def off_diagonal_missing(slot: Slot, seen: Observations) -> str | None:
    """Of a full Jacobian only the diagonal is used."""
    if not slot.square or not all(
        view.same(view.claimed[_diagonal(view)], view.true[_diagonal(view)])
        and bool(view.none(view.claimed)[~_diagonal(view)].all())
        for view in slot.views
    ):
        return None
    view, row, entry = slot.worst()
    return (
        f"of the {slot.what} only the diagonal of the Jacobian is there: ∂y{place(slot.shape, row)}/∂{slot.name}"
        f"{place(slot.shape, entry)} has 0, the right one is {number(float(view.true[row, entry]))}"
    )


def diagonal_missing(slot: Slot, seen: Observations) -> str | None:
    """The diagonal is wrong, and nothing else."""
    if not slot.square or slot.shape.numel() < 2:
        return None
    if not all(view.same(view.claimed[~_diagonal(view)], view.true[~_diagonal(view)]) for view in slot.views):
        return None
    if all(bool(view.none(view.true)[~_diagonal(view)].all()) for view in slot.views):
        return None
    view, row, entry = slot.worst()
    return (
        f"in the {slot.what} the diagonal of the Jacobian is wrong and the rest is right: ∂y{place(slot.shape, row)}/∂{slot.name}"
        f"{place(slot.shape, entry)} has {number(float(view.claimed[row, entry]))}, the right one is {number(float(view.true[row, entry]))}"
    )


def wrong_dimension(slot: Slot, seen: Observations) -> str | None:
    """A sum over another dimension than the function's: entries are coupled that have nothing to do with each other."""
    if not slot.square or len(slot.shape) < 2:
        return None
    claimed = _coupled([(view, view.claimed) for view in slot.views], slot.shape)
    true = _coupled([(view, view.true) for view in slot.views], slot.shape)
    if not true or not claimed - true or len(true) == len(slot.shape):
        return None
    return (
        f"the {slot.what} couples entries along dimension {listed(map(str, sorted(claimed)))}, the function only along dimension "
        f"{listed(map(str, sorted(true)))}: a sum of backward runs over the wrong dimension, or over too many"
    )


def _coupled(matrices: list[tuple[View, Tensor]], shape: torch.Size) -> set[int]:
    """The dimensions along which an output depends on an entry that is not its own."""
    found: set[int] = set()
    for view, matrix in matrices:
        rows, columns = (~view.none(matrix)).nonzero(as_tuple=True)
        here, there = torch.unravel_index(rows, tuple(shape)), torch.unravel_index(columns, tuple(shape))
        found |= {dim for dim, (one, other) in enumerate(zip(here, there, strict=True)) if bool((one != other).any())}
    return found


def part_of_batch(slot: Slot, seen: Observations) -> str | None:
    """Outputs of some samples are forgotten."""
    if slot.shape_y is None or len(slot.shape_y) < 1 or slot.shape_y[0] < 2:
        return None
    batch = slot.shape_y[0]
    kept: list[bool] = []
    for sample in range(batch):
        rows = [
            (view, view.claimed.reshape(batch, -1)[sample], view.true.reshape(batch, -1)[sample]) for view in slot.views
        ]
        if all(view.same(claimed, true) for view, claimed, true in rows):
            kept.append(True)
        elif all(bool(view.none(claimed).all()) for view, claimed, _ in rows):
            kept.append(False)
        else:
            return None
    if all(kept) or not any(kept):
        return None
    dropped = [str(sample) for sample, there in enumerate(kept) if not there]
    return f"the {slot.what} is right for a part of the outputs only: y[{', '.join(dropped)}] count for nothing, of {batch} rows"


MATCHERS = (
    SlotMatcher("missing_gradient", missing),
    SlotMatcher("transposed", transposed),
    SlotMatcher("swapped", swapped),
    SlotMatcher("off_diagonal_missing", off_diagonal_missing),
    SlotMatcher("part_of_batch", part_of_batch),
    SlotMatcher("jacobian_transposed", jacobian_transposed),
    SlotMatcher("wrong_dimension", wrong_dimension),
    SlotMatcher("diagonal_wrong", diagonal_missing),
)

"""What can be said about a wrong gradient that no cause of the catalogue explains: which entries are wrong, and how."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import number, place, ratio


def describe(slot: Slot) -> str:
    """One sentence about the worst entry, and every pattern that fits."""
    view, row, entry = slot.worst()
    got, right = float(view.claimed[row, entry]), float(view.true[row, entry])
    wrong = view.wrong.any(0).reshape(slot.shape)
    patterns = "; ".join(_patterns(slot, view, wrong))
    return (
        f"the {slot.what} is wrong in {int(wrong.sum())} of {wrong.numel()} entries, most in {place(slot.shape, entry) or 'its one entry'}: "
        f"{number(got)}, the right one is {number(right)}"
        + (f". {patterns[0].upper()}{patterns[1:]}" if patterns else "")
    )


def _patterns(slot: Slot, view: View, wrong: Tensor) -> Iterator[str]:
    if bool(wrong.all()):
        yield from _everywhere(view)
        return
    yield from _blocks(slot, wrong)
    if slot.square:
        yield from _threshold(slot, view, wrong)
    yield from _everywhere(view)


def _everywhere(view: View) -> Iterator[str]:
    """A factor or an offset that the wrong entries share."""
    claimed, true = view.claimed[view.wrong], view.true[view.wrong]
    offset = claimed - true
    if offset.numel() < 2:
        return
    if bool(((offset - offset[0]).abs() <= 2 * view.tolerance).all()):
        yield f"they are off by the same {number(float(offset[0]))}"
        return
    factor = float((claimed / true).median())
    if bool(((claimed - factor * true).abs() <= view.tolerance * max(1.0, abs(factor))).all()):
        yield f"they are {ratio(factor)} times the right ones" if factor else "they are zero"


def _blocks(slot: Slot, wrong: Tensor) -> Iterator[str]:
    """The wrong entries fill whole slices."""
    for dim in range(wrong.dim()):
        slices = wrong.movedim(dim, 0).reshape(wrong.shape[dim], -1)
        if wrong.shape[dim] < 2 or not bool((slices.all(1) | ~slices.any(1)).all()):
            continue
        bad = [index for index, whole in enumerate(slices.all(1).tolist()) if whole]
        last = list(range(wrong.shape[dim] - len(bad), wrong.shape[dim]))
        where = "only the last" if bad == last else "only"
        yield f"wrong are {where} {'index' if len(bad) == 1 else 'indices'} {', '.join(map(str, bad))} of dimension {dim}"


def _threshold(slot: Slot, view: View, wrong: Tensor) -> Iterator[str]:
    """The wrong entries are those where the tensor is above or below a number."""
    x = view.point
    bad, good = x[wrong], x[~wrong]
    if float(bad.min()) > float(good.max()):
        yield f"wrong are exactly the entries where {slot.name} is above a threshold between {number(float(good.max()))} and {number(float(bad.min()))}"
    elif float(bad.max()) < float(good.min()):
        yield f"wrong are exactly the entries where {slot.name} is below a threshold between {number(float(bad.max()))} and {number(float(good.min()))}"
    elif float(bad.abs().min()) > float(good.abs().max()):
        yield f"wrong are exactly the entries where |{slot.name}| is above {number(float(good.abs().max()))}"


def whole(seen: Observations) -> tuple[str, ...]:
    """A sentence for every wrong gradient."""
    return tuple(describe(slot) for slot in seen.wrong if slot.wrong)

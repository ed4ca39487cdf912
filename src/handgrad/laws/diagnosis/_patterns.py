"""What can be said about a wrong gradient that no cause of the catalogue explains: which entries are wrong, and how."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import listed, number, ratio


def described(slot: Slot) -> str:
    """How many entries are wrong, the worst one, and the patterns that fit."""
    view, _, _ = slot.worst()
    wrong = view.wrong.any(0).reshape(slot.shape)
    patterns = list(_patterns(slot, view, wrong))
    count = f"in {int(wrong.sum())} of {wrong.numel()} entries" if wrong.numel() > 1 else "in its one entry"
    return f"the {slot.what} is wrong {count}: {slot.example()}" + (f". {'; '.join(patterns)}" if patterns else "")


def _patterns(slot: Slot, view: View, wrong: Tensor) -> Iterator[str]:
    if not wrong.all():
        yield from _blocks(wrong)
        if slot.square:
            yield from _threshold(slot.name, view.point[wrong], view.point[~wrong])
    yield from _common(view)


def _blocks(wrong: Tensor) -> Iterator[str]:
    """The wrong entries fill whole slices."""
    for dim, size in enumerate(wrong.shape):
        slices = wrong.movedim(dim, 0).reshape(size, -1)
        bad = [index for index, whole in enumerate(slices.all(1).tolist()) if whole]
        if bad and len(bad) < size and bool((slices.all(1) | ~slices.any(1)).all()):
            last = "the last, " if bad == list(range(size - len(bad), size)) else ""
            yield f"Wrong are exactly the entries with {last}{listed(bad)} in dimension {dim}"


def _threshold(name: str, bad: Tensor, good: Tensor) -> Iterator[str]:
    """The wrong entries are those where the tensor is above, below or beyond a number."""
    if bad.min() > good.max():
        yield f"Wrong are exactly the entries where {name} is above {_between(good.max(), bad.min())}"
    elif bad.max() < good.min():
        yield f"Wrong are exactly the entries where {name} is below {_between(bad.max(), good.min())}"
    elif bad.abs().min() > good.abs().max():
        yield f"Wrong are exactly the entries where |{name}| is above {_between(good.abs().max(), bad.abs().min())}"


def _between(low: Tensor, high: Tensor) -> str:
    return f"a threshold between {number(float(low))} and {number(float(high))}"


def _common(view: View) -> Iterator[str]:
    """A factor or an offset that the wrong entries share."""
    claimed, true = view.claimed[view.wrong], view.true[view.wrong]
    if claimed.numel() < 2:
        return
    offset = claimed - true
    if bool(((offset - offset[0]).abs() <= 2 * view.tolerance).all()):
        yield f"They are all off by {number(float(offset[0]))}"
        return
    factor = float((claimed / true).median())
    if bool(((claimed - factor * true).abs() <= view.tolerance * max(1.0, abs(factor))).all()):
        yield f"They are {ratio(factor)} times the right ones" if factor else "They are zero"

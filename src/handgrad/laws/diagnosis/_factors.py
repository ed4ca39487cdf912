"""The right gradient times a constant."""

from __future__ import annotations

import math
from collections.abc import Iterator

from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import listed, number, place, ratio

CONVENTIONS = {
    "the plain sum (1)": (0, 0),
    "the half sum (1/2: Nielsen, Mazur, ゼロから作る Deep Learning for squares)": (0, 0),
    "the mean over the batch (1/B: torch and CS231n for cross entropy)": (1, 0),
    "the mean over all entries (1/(B·K): torch for squares, the chapter)": (1, 1),
}
"""How books divide a loss, with the powers of batch size and classes in the divisor; the half sum divides by 2 besides."""


def constant_factor(slot: Slot) -> float | None:
    """The one number by which the right derivative was multiplied at every point; None where there is none."""
    factors = [factor for view in slot.views if (factor := _factor(view)) is not None]
    if len(factors) < len(slot.views) or max(factors) - min(factors) > 1e-4 * max(map(abs, factors)):
        return None
    return _rounded(factors[0])


def _factor(view: View) -> float | None:
    firm = view.true.abs() > 10 * view.tolerance
    if not firm.any():
        return None
    factor = float((view.claimed[firm] / view.true[firm]).median())
    whole = View(view.point, view.value, view.claimed, view.true, view.tolerance * max(1.0, abs(factor)))
    return (
        factor
        if math.isfinite(factor) and abs(factor) > 1e-9 and whole.same(view.claimed, factor * view.true)
        else None
    )


def _rounded(factor: float) -> float:
    """Finite differences leave ten digits: 4.9999999998 is 5."""
    for many in (1, 2, 3, 5, 7, 12, 60):
        if abs(factor * many - round(factor * many)) < 1e-5 * abs(factor * many):
            return round(factor * many) / many
    return factor


def _is(factor: float, value: float) -> bool:
    return math.isclose(factor, value, rel_tol=1e-4)


def _evidence(slot: Slot, factor: float, words: str) -> str:
    view, row, entry = slot.worst()
    got, right = float(view.claimed[row, entry]), float(view.true[row, entry])
    return (
        f"the {slot.what} is {ratio(factor)} times the right one in every entry{words}: "
        f"entry {place(slot.shape, entry) or 'alone'} has {number(got)}, the right one is {number(right)}"
    )


def _exactly(value: float):
    def find(slot: Slot, seen: Observations) -> str | None:
        factor = constant_factor(slot)
        if factor is None or not _is(factor, value):
            return None
        also = [label for label, size in sizes(slot, seen) if _is(abs(factor), size) or _is(abs(factor), 1 / size)]
        return _evidence(
            slot, factor, f" ({value:g} is also {listed(also, 'or')} here, or one over it)" if also else ""
        )

    return find


def sizes(slot: Slot, seen: Observations) -> Iterator[tuple[str, int]]:
    """What a constant might count: with the words for it, each number once."""
    first = max((point.shape for point in seen.subject.points), key=len)
    named: dict[int, str] = {}
    if len(first) > 1:
        named.setdefault(first[0], "the batch size")
        named.setdefault(first[1], "the number of columns (classes)")
    for shape, whose in ((slot.shape, slot.name), (slot.shape_y or (), "the output")):
        named.setdefault(math.prod(shape), f"the number of entries of {whose}")
        for dim, size in enumerate(shape):
            named.setdefault(size, f"dimension {dim} of {whose}")
    return ((label, size) for size, label in named.items() if size > 1)


def _counting(power: int, label_starts: tuple[str, ...]):
    def find(slot: Slot, seen: Observations) -> str | None:
        factor = constant_factor(slot)
        if factor is None:
            return None
        for label, size in sizes(slot, seen):
            if label.startswith(label_starts) and _is(abs(factor), float(size) ** power):
                return _evidence(slot, factor, f", and {label} is {size}")
        return None

    return find


def _convention(slot: Slot, seen: Observations) -> str | None:
    """A scalar loss whose value divides as one book does and whose gradient as another."""
    factor = constant_factor(slot)
    if factor is None or slot.shape_y is None or slot.shape_y.numel() != 1 or len(slot.shape) < 1:
        return None
    first = max((point.shape for point in seen.subject.points), key=len)
    batch, columns = (first[0], math.prod(first[1:])) if len(first) > 1 else (1, first.numel())
    divisors = {name: batch**b * columns**k * (2 if "1/2" in name else 1) for name, (b, k) in CONVENTIONS.items()}
    for value, by_value in divisors.items():
        for gradient, by_gradient in divisors.items():
            if by_value != by_gradient and _is(factor, by_value / by_gradient):
                return _evidence(slot, factor, "") + (
                    f". That is the ratio of two conventions (B = {batch}, K = {columns}): "
                    f"the value would be {value}, the gradient {gradient}"
                )
    return None


def _any(slot: Slot, seen: Observations) -> str | None:
    factor = constant_factor(slot)
    return None if factor is None else _evidence(slot, factor, "")


MATCHERS = (
    SlotMatcher("sign", _exactly(-1.0)),
    SlotMatcher("factor_two", _exactly(2.0)),
    SlotMatcher("factor_half", _exactly(0.5)),
    SlotMatcher("convention", _convention),
    SlotMatcher("factor_batch", _counting(1, ("the batch",))),
    SlotMatcher("factor_per_batch", _counting(-1, ("the batch",))),
    SlotMatcher("factor_size", _counting(1, ("the number", "dimension"))),
    SlotMatcher("factor_per_size", _counting(-1, ("the number", "dimension"))),
    SlotMatcher("factor", _any),
)

"""The right gradient times a constant, and what the constant may count."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import listed, ratio

Find = Callable[[Slot, Observations], str | None]

CONVENTIONS: dict[str, Callable[[int, int], int]] = {
    "the plain sum": lambda batch, outputs: 1,
    "the half sum (1/2: Nielsen, Mazur, ゼロから作る Deep Learning for squares)": lambda batch, outputs: 2,
    "the mean over the batch (1/B: torch and CS231n for cross entropy)": lambda batch, outputs: batch,
    "the mean over all entries (1/(B·K): torch for squares, the chapter)": lambda batch, outputs: batch * outputs,
}
"""What books divide a loss by, for a batch of B with K outputs each."""


def constant_factor(slot: Slot) -> float | None:
    """The one number by which the right derivative is multiplied at every point; None where there is none."""
    found = [_factor(view) for view in slot.views]
    factors = [factor for factor in found if factor is not None]
    if len(factors) < len(found) or max(factors) - min(factors) > 1e-4 * max(map(abs, factors)):
        return None
    return _rounded(factors[0])


def _factor(view: View) -> float | None:
    firm = view.true.abs() > 10 * view.tolerance
    if not firm.any():
        return None
    factor = float((view.claimed[firm] / view.true[firm]).median())
    if not math.isfinite(factor) or abs(factor) < 1e-9:
        return None
    looser = replace(view, tolerance=view.tolerance * max(1.0, abs(factor)))
    return factor if looser.same(view.claimed, factor * view.true) else None


def _rounded(factor: float) -> float:
    """Finite differences leave ten digits: 4.9999999998 is 5."""
    for many in (1, 2, 3, 5, 7, 12, 60):
        if abs(factor * many - round(factor * many)) < 1e-5 * abs(factor * many):
            return round(factor * many) / many
    return factor


def _is(factor: float, value: float) -> bool:
    return math.isclose(factor, value, rel_tol=1e-4)


def _evidence(slot: Slot, factor: float, words: str = "") -> str:
    return f"the {slot.what} is {ratio(factor)} times the right one in every entry{words}: {slot.example()}"


def exactly(value: float) -> Find:
    """A certain number; what else it may count is said."""

    def find(slot: Slot, seen: Observations) -> str | None:
        factor = constant_factor(slot)
        if factor is None or not _is(factor, value):
            return None
        also = [label for label, size in sizes(slot, seen) if _is(abs(factor), size) or _is(abs(factor), 1 / size)]
        return _evidence(slot, factor, f" (here {listed(also, 'or')} would give the same)" if also else "")

    return find


def counting(power: int, *starts: str) -> Find:
    """A size, or one over it."""

    def find(slot: Slot, seen: Observations) -> str | None:
        factor = constant_factor(slot)
        if factor is None:
            return None
        for label, size in sizes(slot, seen):
            if label.startswith(starts) and _is(abs(factor), float(size) ** power):
                return _evidence(slot, factor, f", and {label} is {size}")
        return None

    return find


def sizes(slot: Slot, seen: Observations) -> Iterator[tuple[str, int]]:
    """What a constant might count: with the words for it, each number once."""
    batch, columns = _batch_and_columns(seen)
    named = {batch: "the batch size"}
    named.setdefault(columns, "the number of columns (classes, outputs)")
    for shape, whose in ((slot.shape, slot.name), (slot.shape_y or (), "the output")):
        named.setdefault(math.prod(shape), f"the number of entries of {whose}")
        for dim, size in enumerate(shape):
            named.setdefault(size, f"dimension {dim} of {whose}")
    return ((label, size) for size, label in named.items() if size > 1)


def _batch_and_columns(seen: Observations) -> tuple[int, int]:
    shape = max((point.shape for point in seen.subject.points), key=len)
    return (shape[0], math.prod(shape[1:])) if len(shape) > 1 else (1, shape.numel())


def convention(slot: Slot, seen: Observations) -> str | None:
    """A scalar loss whose value divides as one book does and whose gradient as another."""
    factor = constant_factor(slot)
    if factor is None or slot.shape_y is None or slot.shape_y.numel() != 1 or len(slot.shape) < 1:
        return None
    batch, outputs = _batch_and_columns(seen)
    divisors = {name: divisor(batch, outputs) for name, divisor in CONVENTIONS.items()}
    for value, by_value in divisors.items():
        for gradient, by_gradient in divisors.items():
            if by_value != by_gradient and _is(factor, by_value / by_gradient):
                return (
                    f"{_evidence(slot, factor)}. That is the ratio of two conventions (B = {batch}, K = {outputs}): "
                    f"the value is {value}, the gradient {gradient}"
                )
    return None


def anything(slot: Slot, seen: Observations) -> str | None:
    """A number that counts nothing known."""
    factor = constant_factor(slot)
    return None if factor is None else _evidence(slot, factor)


MATCHERS = (
    SlotMatcher("sign", exactly(-1.0)),
    SlotMatcher("factor_two", exactly(2.0)),
    SlotMatcher("factor_half", exactly(0.5)),
    SlotMatcher("convention", convention),
    SlotMatcher("factor_batch", counting(1, "the batch")),
    SlotMatcher("factor_per_batch", counting(-1, "the batch")),
    SlotMatcher("factor_size", counting(1, "the number", "dimension")),
    SlotMatcher("factor_per_size", counting(-1, "the number", "dimension")),
    SlotMatcher("factor", anything),
)

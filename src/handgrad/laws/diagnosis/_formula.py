"""The derivative's formula is another one, or is fed with the wrong tensor."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from handgrad.laws._subject import Subject
from handgrad.laws.diagnosis._jacobians import reverse, true_jacobians
from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import number, place


def _at_output(slot: Slot, seen: Observations) -> Subject:
    """The function at its own output in place of the tensor."""
    with torch.no_grad():
        (y,) = seen.subject(*seen.subject.points)
    points = list(seen.subject.points)
    points[slot.place] = y
    return seen.subject.at(points)


def fed_with_input(slot: Slot, seen: Observations) -> str | None:
    """``y (1 − y)`` with x for y: what backward says at x := f(x) is what is right at x."""
    if not slot.square:
        return None
    view = slot.views[0]
    if not view.same(reverse(_at_output(slot, seen))[slot.place], view.true):
        return None
    return (
        f"the {slot.what} is a formula in terms of the output that is fed with {slot.name}: with the output for {slot.name} it gives "
        f"the right numbers{_example(slot)}"
    )


def fed_with_output(slot: Slot, seen: Observations) -> str | None:
    """``σ(x) σ(−x)`` with y for x: what backward says at x is what is right at x := f(x)."""
    if not slot.square:
        return None
    view = slot.views[0]
    true, noise = true_jacobians(_at_output(slot, seen))[slot.place]
    there = View.of(view.point, view.value, view.claimed, true, noise)
    if not there.same(view.claimed, there.true):
        return None
    return (
        f"the {slot.what} is a formula in terms of {slot.name} that is fed with the output: it is the right derivative at the point y "
        f"instead of {slot.name}{_example(slot)}"
    )


def _example(slot: Slot) -> str:
    view, row, entry = slot.worst()
    return (
        f"; entry {place(slot.shape, entry) or 'alone'} has {number(float(view.claimed[row, entry]))}, "
        f"the right one is {number(float(view.true[row, entry]))}"
    )


def softmax_missing(slot: Slot, seen: Observations) -> str | None:
    """Logits where probabilities are meant: the gradient is off by c · (x − softmax(x))."""
    for dim in range(len(slot.shape)):
        if all(_is_times(view, view.claimed - view.true, _logits_for_probabilities(slot, dim)) for view in slot.views):
            return f"the {slot.what} has x where softmax(x) along dimension {dim} must stand: logits are taken for probabilities{_example(slot)}"
    return None


def _logits_for_probabilities(slot: Slot, dim: int) -> Callable[[Tensor], Tensor]:
    def error(x: Tensor) -> Tensor:
        return x - x.softmax(dim)

    return error


def _is_times(view: View, error: Tensor, pattern: Callable[[Tensor], Tensor]) -> bool:
    """Whether the error of a single output is a number times a pattern of the tensor."""
    if error.shape[0] != 1:
        return False
    shape = pattern(view.point).reshape(1, -1)
    firm = shape.abs() > 1e-3 * shape.abs().amax()
    factor = (error[firm] / shape[firm]).nanmedian()
    return bool(factor.isfinite()) and float(factor.abs()) > view.tolerance and view.same(error, factor * shape)


def local_derivative_missing(slot: Slot, seen: Observations) -> str | None:
    """The upstream gradient is passed on as it came."""
    if not slot.square or not all(view.same(view.claimed, torch.eye(*view.true.shape).double()) for view in slot.views):
        return None
    return (
        f"the {slot.what} is the upstream gradient as it came: the function's own derivative is missing{_example(slot)}"
    )


def derivative_twice(slot: Slot, seen: Observations) -> str | None:
    """The derivative is multiplied in twice."""
    if not all(view.same(view.claimed, view.true**2) for view in slot.views):
        return None
    return f"the {slot.what} has the function's derivative twice (its square, entry by entry){_example(slot)}"


def derivative_inverted(slot: Slot, seen: Observations) -> str | None:
    """Divided by the derivative instead of multiplied."""
    if not all(view.same(view.claimed * view.true**2, view.true) for view in slot.views):
        return None
    return f"the {slot.what} is divided by the derivative where it must be multiplied{_example(slot)}"


def constant_term(slot: Slot, seen: Observations) -> str | None:
    """A term is missing, or too much, that does not depend on where the function is taken."""
    first, *others = slot.views
    error = first.claimed - first.true
    if not others or not all(view.same(view.claimed - view.true, error) for view in others):
        return None
    if all(view.same(view.true, first.true) for view in others):
        return None  # a linear function: everything is constant
    row, entry = divmod(int(error.abs().nan_to_num(0.0).argmax()), error.shape[1])
    count = int((~first.none(error)).sum())
    return (
        f"the {slot.what} lacks a constant term, or has one too many: {count} of {error.numel()} entries of the Jacobian are off by the "
        f"same amount wherever the function is taken, ∂y/∂{slot.name}{place(slot.shape, entry)} by {number(float(error[row, entry]))}{_example(slot)}"
    )


CONSTANT_TERM = SlotMatcher("constant_term", constant_term)
MATCHERS = (
    SlotMatcher("fed_with_input", fed_with_input),
    SlotMatcher("fed_with_output", fed_with_output),
    SlotMatcher("softmax_missing", softmax_missing),
    SlotMatcher("local_derivative_missing", local_derivative_missing),
    SlotMatcher("derivative_twice", derivative_twice),
    SlotMatcher("derivative_inverted", derivative_inverted),
)

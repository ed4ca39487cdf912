"""The derivative's formula is another one, or is fed with the wrong tensor."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws._subject import Subject
from handgrad.laws.diagnosis._jacobians import reverse, true_jacobians
from handgrad.laws.diagnosis._matcher import SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot, View
from handgrad.laws.diagnosis._wording import number


def fed_with_input(slot: Slot, seen: Observations) -> str | None:
    """``y (1 − y)`` with x for y: what backward says at x := f(x) is what is right at x."""
    if not slot.square or not slot.views[0].same(reverse(_at_output(slot, seen))[slot.place], slot.views[0].true):
        return None
    return (
        f"the {slot.what} is a formula in terms of the output that is fed with {slot.name}: with the output for {slot.name} it "
        f"gives the right numbers. Now {slot.example()}"
    )


def fed_with_output(slot: Slot, seen: Observations) -> str | None:
    """``σ(x) σ(−x)`` with y for x: what backward says at x is what is right at x := f(x)."""
    if not slot.square:
        return None
    view = slot.views[0]
    there = View.of(view.point, view.claimed, *true_jacobians(_at_output(slot, seen))[slot.place])
    if not there.same(there.claimed, there.true):
        return None
    return (
        f"the {slot.what} is a formula in terms of {slot.name} that is fed with the output: it is the right derivative at the "
        f"output. Now {slot.example()}"
    )


def _at_output(slot: Slot, seen: Observations) -> Subject:
    """The function at its own output in place of the tensor."""
    with torch.no_grad():
        (y,) = seen.subject(*seen.subject.points)
    points = list(seen.subject.points)
    points[slot.place] = y
    return seen.subject.at(points)


def softmax_missing(slot: Slot, seen: Observations) -> str | None:
    """Logits where probabilities are meant: the gradient is off by c · (x − softmax(x))."""
    for dim in range(len(slot.shape)):
        if all(_is_times(view, view.point - view.point.softmax(dim)) for view in slot.views):
            return (
                f"the {slot.what} has {slot.name} where its softmax along dimension {dim} must stand: {slot.example()}"
            )
    return None


def _is_times(view: View, pattern: Tensor) -> bool:
    """Whether the error of a single output is a number times a pattern of the shape of the tensor."""
    if view.true.shape[0] != 1:
        return False
    error, flat = view.claimed - view.true, pattern.reshape(1, -1)
    firm = flat.abs() > 1e-3 * flat.abs().amax()
    factor = (error[firm] / flat[firm]).nanmedian()
    return bool(factor.abs() > view.tolerance) and view.same(error, factor * flat)


def local_derivative_missing(slot: Slot, seen: Observations) -> str | None:
    """The upstream gradient is passed on as it came."""
    if not slot.square or not slot.everywhere(lambda view: view.same(view.claimed, view.diagonal.double())):
        return None
    return (
        f"the {slot.what} is the upstream gradient as it came, without the function's own derivative: {slot.example()}"
    )


def derivative_twice(slot: Slot, seen: Observations) -> str | None:
    """The derivative is multiplied in twice."""
    if not slot.everywhere(lambda view: view.same(view.claimed, view.true**2)):
        return None
    return f"the {slot.what} has the function's derivative twice (its square, entry by entry): {slot.example()}"


def derivative_inverted(slot: Slot, seen: Observations) -> str | None:
    """Divided by the derivative instead of multiplied."""
    if not slot.everywhere(lambda view: view.same(view.claimed * view.true**2, view.true)):
        return None
    return f"the {slot.what} is divided by the derivative where it must be multiplied: {slot.example()}"


def constant_term(slot: Slot, seen: Observations) -> str | None:
    """A term is missing, or too much, that does not depend on where the function is taken."""
    first, *others = slot.views
    if all(view.same(view.true, first.true) for view in others):
        return None  # a linear function, or a single view: everything is constant
    error = first.claimed - first.true
    if not all(view.same(view.claimed - view.true, error) for view in others):
        return None
    count, off = int((~first.none(error)).sum()), error.abs().nan_to_num(0.0)
    row, entry = divmod(int(off.argmax()), off.shape[1])
    return (
        f"the {slot.what} lacks a constant term, or has one too many: {count} of {error.numel()} entries of the Jacobian are off "
        f"by the same amount wherever the function is taken, {slot.partial(row, entry)} by {number(float(error[row, entry]))}"
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

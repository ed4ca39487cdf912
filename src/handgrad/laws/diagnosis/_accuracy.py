"""The right formula in the wrong arithmetic: inaccurate, infinite or undefined where the function is flat, large or kinked."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws._subject import Subject
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape, gradients
from handgrad.laws.diagnosis._wording import number, place

ULPS = 16  # from here on it is more than the rounding of a short formula
STRETCHES = (3.0, 8.0, 20.0, 60.0, 1000.0)
HALF_WIDE = 25.0  # up to here float64 still resolves what float32 loses


def kink(seen: Observations) -> str | None:
    """At 0, elementwise: the gradient lies outside the slopes from the left and from the right."""
    if not seen.breaks("kink") or not _elementwise(seen):
        return None
    (point,), (name,), step = seen.subject.points, seen.subject.names, 2.0**-14
    at, zeros = seen.subject.at([0 * point]), 0 * point
    with torch.no_grad():
        (middle,), (left,), (right,) = at(zeros), at(zeros - step), at(zeros + step)
    slopes = torch.stack([middle - left, right - middle]) / step
    (grad,) = gradients(at, [torch.ones_like(middle)])
    low, high = slopes.amin(0), slopes.amax(0)
    outside = (high - low > 0.1) & ((grad < low - 0.01) | (grad > high + 0.01))
    if not outside.any():
        return None
    got, from_left, from_right = (number(float(numbers[outside][0])) for numbers in (grad, *slopes))
    return f"at the kink {name} = 0 the gradient is {got}; the slope is {from_left} from the left and {from_right} from the right"


def not_finite(seen: Observations) -> str | None:
    """NaN or infinity where the value is finite, or where the oracle's value is."""
    if not seen.breaks("extreme", "kink", "saturation"):
        return None
    for stretch in (1.0, 0.0, *STRETCHES):
        narrow = _stretched(seen.subject, stretch).in_dtype(torch.float32)
        tape = Tape(narrow)
        if all(_finite(output) for output in tape.outputs):
            found = _first_not_finite(narrow, tape)
            if found:
                return found
        elif narrow.oracle is not None and all(map(_finite, narrow.by_oracle(*narrow.points))):
            return f"in float32 the output is not finite for arguments {number(stretch)} times as large, and the oracle's is"
    return None


def _first_not_finite(subject: Subject, tape: Tape) -> str | None:
    for name, leaf, grad in zip(subject.names, tape.leaves, tape.backward(), strict=True):
        if grad is not None and not _finite(grad):
            entry = int((~grad.isfinite()).reshape(-1).int().argmax())
            got, x = (number(float(tensor.reshape(-1)[entry])) for tensor in (grad, leaf))
            there = f"{name}{place(grad.shape, entry)}"
            return f"in float32 the gradient of {there} is {got} where {there} is {x} and the output is finite"
    return None


def saturation(seen: Observations) -> str | None:
    """Elementwise: few right digits are left, or none, where the function is nearly flat."""
    if not seen.breaks("saturation", "extreme", "float32") or not _elementwise(seen):
        return None
    found = [_loss(_stretched(seen.subject, stretch).in_dtype(torch.float32)) for stretch in STRETCHES]
    ulps, x, got, right = max(found)
    if ulps <= ULPS:
        return None
    return (
        f"the gradient of {seen.subject.names[0]} is right but inaccurate in float32: at {number(x)} it is {number(got)} and right "
        f"is {number(right)}, so it is off by {ulps:.2g} ULP"
    )


def _loss(narrow: Subject) -> tuple[float, float, float, float]:
    """Where the gradient loses most, against float64: how many ULP, the argument, the gradient, the right one."""
    (point,) = narrow.points
    (right,) = gradients(narrow.in_dtype(torch.float64), [torch.ones_like(point, dtype=torch.float64)])
    (got,) = gradients(narrow, [torch.ones_like(point)])
    firm = (right.abs() > torch.finfo(torch.float32).tiny) & (point.abs() < HALF_WIDE)
    ulps = ((got - right).abs() / (right.abs() * torch.finfo(torch.float32).eps)).masked_fill(~firm, 0.0)
    entry = int(ulps.argmax())
    most, x, one, other = (float(tensor.reshape(-1)[entry]) for tensor in (ulps, point, got, right))
    return most, x, one, other


def _elementwise(seen: Observations) -> bool:
    """Whether every output depends on its own entry of the one argument only."""
    slot, *others = seen.slots
    return not others and slot.square and slot.everywhere(lambda view: view.same(view.true, view.true * view.diagonal))


def _finite(tensor: Tensor) -> bool:
    return bool(tensor.isfinite().all())


def _stretched(subject: Subject, stretch: float) -> Subject:
    return subject.at([point * stretch for point in subject.points])


MATCHERS = (
    ConductMatcher("kink", kink),
    ConductMatcher("not_finite", not_finite),
    ConductMatcher("saturation", saturation),
)

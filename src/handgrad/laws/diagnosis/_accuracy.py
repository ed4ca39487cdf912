"""The right formula in the wrong arithmetic: inaccurate, infinite or undefined where the function is flat or large."""

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


def not_finite(seen: Observations) -> str | None:
    """NaN or infinity where the value and its slope are finite."""
    if not seen.breaks("extreme", "kink", "saturation"):
        return None
    for stretch in (1.0, 0.0, *STRETCHES):
        narrow = _stretched(seen.subject, stretch).in_dtype(torch.float32)
        tape = Tape(narrow)
        if not all(bool(output.isfinite().all()) for output in tape.outputs):
            if _oracle_is_finite(narrow):
                return f"in float32 the output is not finite for arguments {number(stretch)} times as large, the oracle's is"
            continue
        for name, leaf, grad in zip(narrow.names, tape.leaves, tape.backward(), strict=True):
            if grad is not None and not grad.isfinite().all():
                entry = int((~grad.isfinite()).reshape(-1).int().argmax())
                got, x = float(grad.reshape(-1)[entry]), float(leaf.reshape(-1)[entry])
                return (
                    f"in float32 the gradient of {name}{place(grad.shape, entry)} is {number(got)} where {name} is {number(x)} "
                    "and the output is finite"
                )
    return None


def _oracle_is_finite(subject: Subject) -> bool:
    return subject.oracle is not None and all(bool(y.isfinite().all()) for y in subject.by_oracle(*subject.points))


def saturation(seen: Observations) -> str | None:
    """Elementwise: few right digits are left, or none, where the function is nearly flat."""
    if not seen.breaks("saturation", "extreme", "float32") or not _elementwise(seen):
        return None
    worst: tuple[float, str] | None = None
    for stretch in STRETCHES:
        wide = _stretched(seen.subject, stretch)
        ones = [torch.ones_like(grad) for grad in seen.grads_y]
        narrow = wide.in_dtype(torch.float32)
        (right,) = gradients(narrow.in_dtype(torch.float64), ones)
        (got,) = gradients(narrow, [one.float() for one in ones])
        found = _worst(seen, narrow.points[0], got, right)
        if found and (worst is None or found[0] > worst[0]):
            worst = found
    return worst and worst[1]


def _worst(seen: Observations, point: Tensor, got: Tensor, right: Tensor) -> tuple[float, str] | None:
    firm = (right.abs() > 1e-30) & (point.abs().double() < HALF_WIDE)
    ulps = ((got - right).abs() / (right.abs() * torch.finfo(torch.float32).eps)).masked_fill(~firm, 0.0)
    entry = int(ulps.argmax())
    many = float(ulps.reshape(-1)[entry])
    if not many > ULPS:
        return None
    name, x = seen.subject.names[0], float(point.reshape(-1)[entry])
    return many, (
        f"the gradient of {name} is right but inaccurate in float32: at {name} = {number(x)} it is "
        f"{number(float(got.reshape(-1)[entry]))}, right is {number(float(right.reshape(-1)[entry]))}: off by {many:.3g} ULP"
    )


def _elementwise(seen: Observations) -> bool:
    """Whether every output depends on its own entry only."""
    slot, *others = seen.slots
    return (
        not others
        and slot.square
        and all(view.same(view.true, view.true * torch.eye(*view.true.shape)) for view in slot.views)
    )


def _stretched(subject: Subject, stretch: float) -> Subject:
    return subject.at([point * stretch for point in subject.points])


def kink(seen: Observations) -> str | None:
    """At a point without a derivative the gradient lies outside the slopes from the left and from the right."""
    if not seen.breaks("kink") or not _elementwise(seen):
        return None
    zeros = torch.zeros_like(seen.subject.points[0])
    at = seen.subject.at([zeros])
    step = 1e-4
    with torch.no_grad():
        (middle,), (left,), (right,) = at(zeros), at(zeros - step), at(zeros + step)
    slopes = torch.stack([(middle - left) / step, (right - middle) / step])
    (grad,) = gradients(at, [torch.ones_like(middle)])
    low, high = slopes.amin(0) - 1e-2, slopes.amax(0) + 1e-2
    outside = ((grad < low) | (grad > high)) & (high - low > 0.1)
    if not outside.any():
        return None
    name = seen.subject.names[0]
    return (
        f"at the kink {name} = 0 the gradient is {number(float(grad[outside].reshape(-1)[0]))}; from the left the slope is "
        f"{number(float(slopes[0][outside].reshape(-1)[0]))}, from the right {number(float(slopes[1][outside].reshape(-1)[0]))}, "
        "and a subgradient lies between"
    )


MATCHERS = (
    ConductMatcher("kink", kink),
    ConductMatcher("not_finite", not_finite),
    ConductMatcher("saturation", saturation),
)

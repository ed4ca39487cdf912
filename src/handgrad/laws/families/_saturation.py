"""Saturation: a gradient that is right, but has lost its digits."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._modes import gradients
from handgrad.laws._subject import Function, Subject, has_a_value
from handgrad.laws._upstream import upstream

MAGNITUDES = (5.0, 10.0, 17.0, 20.0, 30.0, 50.0, 80.0)
ALLOWED = 2048.0
"""A float32 gradient may lose half of its digits, in ULP; more where the gradient itself is as sensitive to its argument."""


def float32_gradient_keeps_its_digits(subject: Subject) -> None:
    """Put every argument to ±5 … ±80; the float32 gradient is the float64 one, up to ULPs."""
    narrow, wide = subject.in_dtype(torch.float32), subject.in_dtype(torch.float64)
    judge = _who_takes_float64(wide)
    worst: tuple[float, str, Evidence] | None = None
    for magnitude in (sign * m for m in MAGNITUDES for sign in (1, -1)):
        points = [torch.full_like(point, magnitude) for point in narrow.points]
        wide_points = [point.double() for point in points]
        if not has_a_value(judge.at(wide_points)):
            continue
        got = _gradients(narrow, points, subject.seed)
        right = _gradients(judge, wide_points, subject.seed)
        generator = torch.Generator().manual_seed(0)
        moved = _gradients(judge, [_jittered(point, generator) for point in wide_points], subject.seed)
        for name, one, other, near in zip(subject.names, got, right, moved, strict=True):
            size = float(other.abs().max()) if other.numel() else 0.0
            allowed = ALLOWED + 8 * ulps(near, other) + 64 * torch.finfo(torch.float64).eps / ulp(size)
            lost = ulps(one, other)
            if 1e-37 < size < 1e38 and lost > allowed and (worst is None or lost > worst[0]):
                entry = int((one.double() - other).abs().argmax())
                numbers = float(other.reshape(-1)[entry]), float(one.reshape(-1)[entry])
                what = f"float32 gradient of {name} where all arguments are {magnitude:g}"
                sentence = (
                    f"the gradient is right but inaccurate: at {magnitude:g} it is off by {lost:.2g} ULP in float32"
                )
                worst = lost, sentence, Evidence(what, None, *numbers, allowed * ulp(size))
    if worst:
        raise BrokenError(worst[1], worst[2])


def ulps(got: Tensor, right: Tensor) -> float:
    """How far ``got`` is off, in float32 ULP of the largest entry of ``right``; not finite counts as infinitely far."""
    if not right.numel():
        return 0.0
    size = float(right.abs().max())
    error = (got.double() - right.double()).abs().nan_to_num(torch.inf, torch.inf).max()
    return float(error) / ulp(size)


def ulp(size: float) -> float:
    """A float32 unit in the last place of a number of this size."""
    return max(size, torch.finfo(torch.float32).tiny) * torch.finfo(torch.float32).eps


def _jittered(point: Tensor, generator: torch.Generator) -> Tensor:
    """Every entry moved by up to two float32 roundings."""
    drawn = torch.rand(point.shape, generator=generator, dtype=torch.float64).to(point)
    return point * (1 + 2 * torch.finfo(torch.float32).eps * (2 * drawn - 1))


def _who_takes_float64(wide: Subject) -> Subject:
    """The subject if float64 is offered, else its oracle."""
    for fn in (wide.fn, wide.oracle):
        if fn is not None:
            candidate = wide.of(fn, None, wide.case, wide.seed)
            if _gives(candidate, torch.float64):
                return candidate
    raise NotApplicableError("neither the function nor an oracle takes float64, so nothing knows the digits")


def _gives(subject: Subject, dtype: torch.dtype) -> bool:
    try:
        with torch.no_grad():
            return all(output.dtype is dtype for output in subject(*subject.points))
    except Exception:
        return False


def _gradients(function: Function, points: list[Tensor], seed: int) -> tuple[Tensor, ...]:
    leaves = [point.clone().requires_grad_() for point in points]
    outputs = function(*leaves)
    return gradients(outputs, leaves, upstream(outputs, seed))


LAWS = (
    Law(
        "saturation",
        "extremes",
        "The float32 gradient keeps its digits where the function saturates.",
        float32_gradient_keeps_its_digits,
    ),
)

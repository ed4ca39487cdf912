"""What backward must return, whatever the numbers: one gradient an argument, of its shape and dtype, if it is asked for."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape
from handgrad.laws.diagnosis._wording import first_line, number, place


def transposed(seen: Observations) -> str | None:
    """The returned shape is the transposed one, so that the engine refuses it."""
    for name, point, raw, right in _misshapen(seen):
        if raw.dim() >= 2 and raw.mT.shape == point.shape and _near(raw.mT, right):
            last, there = place(point.shape, right.numel() - 1), place(raw.shape, raw.numel() - 1)
            return (
                f"backward returns the gradient of {name} transposed: shape {tuple(raw.shape)} for a tensor of shape "
                f"{tuple(point.shape)}; what belongs to {last}, {number(float(right.reshape(-1)[-1]))}, stands at {there}"
            )
    return None


def swapped(seen: Observations) -> str | None:
    """The returned shape is that of another argument."""
    rights = _right(seen)
    for name, point, raw, _ in _misshapen(seen):
        for other, right in zip(seen.subject.names, rights, strict=True):
            if other != name and raw.shape == right.shape and _near(raw, right):
                return (
                    f"backward returns the gradient of {other}, of shape {tuple(raw.shape)}, in the place of that of {name}, "
                    f"which has shape {tuple(point.shape)}"
                )
    return None


def not_summed(seen: Observations) -> str | None:
    """The returned shape is the broadcast one."""
    for name, point, raw, _ in _misshapen(seen):
        if _reduces_to(raw.shape, point.shape):
            return (
                f"backward returns a gradient of shape {tuple(raw.shape)} for {name}, which has shape {tuple(point.shape)}: it is not "
                "summed over the entries that share it (torch's engine sums it without a word; other callers of backward do not)"
            )
    return None


def wrong_shape(seen: Observations) -> str | None:
    """Any other shape."""
    for name, point, raw, _ in _misshapen(seen):
        return (
            f"backward returns a gradient of shape {tuple(raw.shape)} for {name}, which has shape {tuple(point.shape)}"
        )
    return None


def wrong_dtype(seen: Observations) -> str | None:
    """The returned dtype is not the tensor's."""
    for name, point, raw in zip(seen.subject.names, seen.subject.points, _returned(seen), strict=True):
        if raw is not None and raw.dtype != point.dtype:
            return (
                f"backward returns a gradient in {raw.dtype} for {name}, which is {point.dtype}: "
                "torch's engine casts it without a word"
            )
    return None


def needs_input_grad(seen: Observations) -> str | None:
    """The gradient of one tensor depends on who else wants one."""
    whole = seen.plain
    for needed, name in enumerate(seen.subject.names):
        try:
            alone = Tape(seen.subject, {needed}).backward()[needed]
        except Exception as error:
            return f"when only {name} requires a gradient, the pass raises {type(error).__name__}: {first_line(error)}"
        if (alone is None) != (whole[needed] is None):
            return f"when only {name} requires a gradient, its gradient is {_told(alone)}; when all do, it is {_told(whole[needed])}"
        together = whole[needed]
        if alone is not None and together is not None and not _near(alone, together):
            return f"the gradient of {name} is another one when only {name} requires it"
    return None


def undefined_upstream(seen: Observations) -> str | None:
    """An output that nobody used."""
    tape = Tape(seen.subject)
    if len(tape.outputs) < 2:
        return None
    for place in range(len(tape.outputs)):
        alone = [torch.zeros_like(grad) if other != place else grad for other, grad in enumerate(tape.grads_y)]
        right = tape.backward(alone)
        try:
            got = torch.autograd.grad(
                tape.outputs[place], tape.leaves, tape.grads_y[place], retain_graph=True, allow_unused=True
            )
        except Exception as error:
            return f"when only output {place} is used, backward raises {type(error).__name__}: {first_line(error)}"
        for name, one, other in zip(seen.subject.names, got, right, strict=True):
            if one is not None and other is not None and not _near(one, other):
                return f"when only output {place} is used, the gradient of {name} is another one than for zeros from the others"
    return None


def wrong_number(seen: Observations) -> str | None:
    """Too few or too many gradients."""
    try:
        Tape(seen.subject).backward()
    except RuntimeError as error:
        words = str(error)
        return words.partition("\n")[0] if "incorrect number of gradients" in words else None
    return None


def _told(grad: Tensor | None) -> str:
    return "None" if grad is None else "there"


def _misshapen(seen: Observations) -> list[tuple[str, Tensor, Tensor, Tensor]]:
    """Name, tensor, returned gradient and right gradient of those whose shape is wrong."""
    rows = zip(seen.subject.names, seen.subject.points, _returned(seen), _right(seen), strict=True)
    return [
        (name, point, raw, right) for name, point, raw, right in rows if raw is not None and raw.shape != point.shape
    ]


def _returned(seen: Observations) -> list[Tensor | None]:
    return [seen.raw.get(number) for number in range(len(seen.subject.points))]


def _right(seen: Observations) -> list[Tensor]:
    rows = torch.cat([grad.double().reshape(-1) for grad in seen.grads_y])
    return [
        (rows @ true).reshape(point.shape) for (true, _), point in zip(seen.truth[0], seen.subject.points, strict=True)
    ]


def _near(one: Tensor, other: Tensor) -> bool:
    return bool(torch.allclose(one.double(), other.double(), 1e-4, 1e-6, equal_nan=True))


def _reduces_to(shape: torch.Size, wanted: torch.Size) -> bool:
    try:
        return torch.broadcast_shapes(shape, wanted) == shape
    except RuntimeError:
        return False


MATCHERS = (
    ConductMatcher("wrong_number_of_gradients", wrong_number),
    ConductMatcher("transposed", transposed),
    ConductMatcher("swapped", swapped),
    ConductMatcher("not_summed", not_summed),
    ConductMatcher("wrong_shape", wrong_shape),
)
"""For what comes before the numbers."""

CONDUCT = (
    ConductMatcher("undefined_upstream", undefined_upstream),
    ConductMatcher("wrong_dtype", wrong_dtype),
    ConductMatcher("needs_input_grad", needs_input_grad),
)

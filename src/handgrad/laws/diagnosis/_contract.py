"""What backward must return, whatever the numbers: one gradient an argument, of its shape and dtype."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape
from handgrad.laws.diagnosis._wording import number, place


@dataclass(frozen=True)
class Misshapen:
    """A returned gradient of the wrong shape: of which tensor, what was returned, what is right."""

    name: str
    returned: Tensor
    right: Tensor

    def __str__(self) -> str:
        """What was returned for what."""
        shape = tuple(self.returned.shape)
        return (
            f"backward returns a gradient of shape {shape} for {self.name}, which has shape {tuple(self.right.shape)}"
        )


def wrong_number(seen: Observations) -> str | None:
    """Too few or too many gradients."""
    try:
        Tape(seen.subject).backward()
    except RuntimeError as error:
        words = str(error).partition("\n")[0]
        return words if "incorrect number of gradients" in words else None
    return None


def transposed(seen: Observations) -> str | None:
    """The returned shape is the transposed one, so that the engine refuses it."""
    for one in _misshapen(seen):
        if one.returned.dim() >= 2 and one.returned.mT.shape == one.right.shape and _near(one.returned.mT, one.right):
            last, there = (place(tensor.shape, tensor.numel() - 1) for tensor in (one.right, one.returned))
            value = number(float(one.right.reshape(-1)[-1]))
            return f"{one}: it is transposed, and what belongs to {last}, {value}, stands at {there}"
    return None


def swapped(seen: Observations) -> str | None:
    """The returned shape is that of another argument."""
    named = list(zip(seen.subject.names, _right(seen), strict=True))
    for one in _misshapen(seen):
        for name, right in named:
            if name != one.name and right.shape == one.returned.shape and _near(one.returned, right):
                return f"{one}: it is the gradient of {name}"
    return None


def not_summed(seen: Observations) -> str | None:
    """The returned shape is the broadcast one."""
    for one in _misshapen(seen):
        if _broadcasts(one.right.shape, one.returned.shape) and _near(
            one.returned.sum_to_size(one.right.shape), one.right
        ):
            return (
                f"{one}: it is not summed over the entries that share {one.name} "
                "(torch's engine does that without a word; others who call the rule do not)"
            )
    return None


def wrong_shape(seen: Observations) -> str | None:
    """Any other shape."""
    return next((str(one) for one in _misshapen(seen)), None)


def wrong_dtype(seen: Observations) -> str | None:
    """The returned dtype is not the tensor's."""
    for number_, (name, point) in enumerate(zip(seen.subject.names, seen.subject.points, strict=True)):
        raw = seen.returned.get(number_)
        if raw is not None and raw.dtype != point.dtype:
            return (
                f"backward returns a gradient in {raw.dtype} for {name}, which is {point.dtype}: "
                "torch's engine casts it without a word"
            )
    return None


def _misshapen(seen: Observations) -> list[Misshapen]:
    returned = [seen.returned.get(number_) for number_ in range(len(seen.subject.points))]
    if all(raw is None or raw.shape == point.shape for raw, point in zip(returned, seen.subject.points, strict=True)):
        return []
    rows = zip(seen.subject.names, returned, _right(seen), strict=True)
    return [Misshapen(name, raw, right) for name, raw, right in rows if raw is not None and raw.shape != right.shape]


def _right(seen: Observations) -> list[Tensor]:
    """The true gradients for the ordinary upstream gradients."""
    rows = torch.cat([grad.double().reshape(-1) for grad in seen.grads_y])
    pairs = zip(seen.truth[0], seen.subject.points, strict=True)
    return [(rows @ true).reshape(point.shape) for (true, _), point in pairs]


def _near(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one.double(), other.double(), 1e-4, 1e-6, equal_nan=True)


def _broadcasts(shape: torch.Size, to: torch.Size) -> bool:
    try:
        return bool(torch.broadcast_shapes(shape, to) == to)
    except RuntimeError:
        return False


MATCHERS = (
    ConductMatcher("wrong_number_of_gradients", wrong_number),
    ConductMatcher("transposed", transposed),
    ConductMatcher("not_summed", not_summed),
    ConductMatcher("swapped", swapped),
    ConductMatcher("wrong_shape", wrong_shape),
)
"""For what comes before the numbers."""

DTYPE = ConductMatcher("wrong_dtype", wrong_dtype)

"""The value itself."""

from __future__ import annotations

import torch

from handgrad.laws._compare import require_close
from handgrad.laws._differences import SAFETY, rounding
from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._subject import Subject


def value_is_the_oracles(subject: Subject) -> None:
    """Compare every output; how much rounding explains is measured on the function itself."""
    epsilon = max(torch.finfo(point.dtype).eps for point in subject.points)
    with torch.no_grad():
        expected, got = subject.by_oracle(*subject.points), subject(*subject.points)
    if len(got) != len(expected):
        numbers = float(len(expected)), float(len(got))
        raise BrokenError("it has not as many outputs as the oracle", Evidence("number of outputs", None, *numbers))
    for number, (output, right) in enumerate(zip(got, expected, strict=True)):
        name = f"value of output {number}" if len(got) > 1 else "value"
        noise = rounding(
            lambda *xs, n=number: (subject.by_oracle(*xs)[n],),
            subject.points,
            right.double().cpu().reshape(-1),
            epsilon,
        )
        largest = right[right.isfinite()].abs().max().double().cpu() if right.isfinite().any() else torch.tensor(0.0)
        floor = SAFETY * epsilon * largest
        require_close(name, output.cpu(), right.cpu(), (SAFETY * noise).reshape(right.shape) + floor)


def value_repeats_at_every_call(subject: Subject) -> None:
    """Compare the value with grad mode off with that on the tape."""
    with torch.no_grad():
        plain = subject(*subject.points)
    taped = subject(*subject.leaves())
    if not plain:
        raise NotApplicableError("it returns no floating-point tensor")
    epsilon = max(torch.finfo(point.dtype).eps for point in subject.points)
    for number, (one, other) in enumerate(zip(plain, taped, strict=True)):
        noise = rounding(
            lambda *xs, n=number: (subject(*xs)[n],), subject.points, one.double().cpu().reshape(-1), epsilon
        )
        require_close(
            f"value of output {number} on the tape", other.cpu(), one.cpu(), SAFETY * noise.reshape(one.shape)
        )


LAWS = (
    Law("value", "value", "The value is the oracle's, and finite where that is.", value_is_the_oracles),
    Law("value_on_tape", "value", "The value is the same with and without the tape.", value_repeats_at_every_call),
)

"""What is settled before a function is judged: chance, its differentiable outputs, and the dtype."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from handgrad.laws._subject import Subject


@contextmanager
def seeded(seed: int | None, device: torch.device) -> Iterator[None]:
    """Seed torch's generators inside, and put back what they were; None: leave them alone."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def without_chance(subject: Subject) -> Subject:
    """The subject, seeded before each call if that is what makes it repeatable; and its differentiable outputs found."""
    try:
        first, second = _twice(subject)
    except Exception:
        return subject  # every law will meet it and say so
    if not _same(first, second):
        with_seed = replace(subject, reseeds=True)
        first, second = _twice(with_seed)
        says = "the function draws random numbers: torch's generator was seeded before every call"
        if not _same(first, second):
            says = (
                "two calls with the same arguments and the same seed give different values: derivatives are uncertain"
            )
        subject = replace(with_seed, notes=(*subject.notes, says))
    kept = tuple(place for place, output in enumerate(first) if output.requires_grad)
    return replace(subject, kept=kept or None)


def judged_in_float64(subject: Subject) -> Subject:
    """The subject in float64 where it takes that and gives it back, else as it is; with a note that says which."""
    coarsest = max(subject.as_given, key=lambda dtype: torch.finfo(dtype).eps)
    if all(point.dtype is torch.float64 for point in subject.points):
        return subject
    wide = subject.in_dtype(torch.float64)
    try:
        outputs = wide.apart()(*wide.leaves())
        kept = bool(outputs) and all(output.dtype is torch.float64 for output in outputs)
        why = "" if kept else f"it gives {str(outputs[0].dtype)[6:] if outputs else 'nothing'} back"
    except Exception as error:
        kept, why = False, f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:100]}"
    if kept:
        says = f"given in {str(coarsest)[6:]}, judged in float64, so that what differs is no rounding"
        return replace(wide, notes=(*subject.notes, says))
    says = (
        f"judged in {str(coarsest)[6:]}, because the function does not take float64 ({why}); how much of a difference rounding "
        "explains was measured: how far a value moves when the arguments move by one rounding, divided by the step"
    )
    return replace(subject, notes=(*subject.notes, says))


def _twice(subject: Subject) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    own = subject.apart()
    return own(*own.leaves()), own(*own.leaves())


def _same(first: Sequence[Tensor], second: Sequence[Tensor]) -> bool:
    pairs = zip(first, second, strict=False)
    try:
        return len(first) == len(second) and all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in pairs)
    except RuntimeError:  # meta and fake tensors have no numbers
        return True

"""Autocast: the function under ``torch.autocast`` to bfloat16, with its backward inside and outside."""

from __future__ import annotations

from functools import partial

import torch

from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._pullback import Pullback, call, pull, pull_by_func, pull_from
from handgrad.laws._subject import Subject
from handgrad.laws.families._dtypes import exactly, name_of, require_near

LOW = torch.bfloat16
DTYPES = (torch.float32, torch.float64, torch.bfloat16)


def autocast(subject: Subject, inside: bool) -> str | None:
    """Values and gradients are as near to the exact ones as bfloat16 allows; gradients have the inputs' dtypes."""
    _require_available(subject)
    taken = [low for dtype in DTYPES if _takes(low := subject.in_dtype(dtype))]
    if not taken:
        raise NotApplicableError("the function takes none of the dtypes without autocast")
    for low in taken:
        _require_right(low, inside)
    return _dtype_beside_the_oracle(taken[0])


def _takes(low: Subject) -> bool:
    try:
        pull(low, low.leaves())
    except Exception:
        return False
    return True


def _require_right(low: Subject, inside: bool) -> None:
    got = _run(low, inside)
    where = f"of {name_of(low.points[0].dtype)} inputs under autocast, backward {'inside' if inside else 'outside'}"
    exact, function = exactly(low, got)
    require_near(where, low, got, exact, function, torch.finfo(LOW).eps)
    for name, point, grad in zip(low.names, low.points, got.grads, strict=True):
        if grad is not None and grad.dtype != point.dtype:
            dtypes = name_of(point.dtype), name_of(grad.dtype)
            raise BrokenError(f"the gradient of {name} has the wrong dtype {where}", Evidence(name, None, *dtypes))


def _run(low: Subject, inside: bool) -> Pullback:
    leaves = low.leaves()
    with torch.autocast(low.device.type, LOW):
        outputs = call(low, leaves)
        if inside:
            return pull_from(outputs, leaves)
    return pull_from(outputs, leaves)


def _dtype_beside_the_oracle(low: Subject) -> str | None:
    """A note only: an oracle made of several operations need not end in the dtype that one operation should have."""
    if low.oracle is None:
        return None
    with torch.no_grad(), torch.autocast(low.device.type, LOW):
        expected, given = low.by_oracle(*low.points), low(*low.points)
    pairs = [(name_of(y.dtype), name_of(z.dtype)) for y, z in zip(given, expected, strict=True) if y.dtype != z.dtype]
    return f"the output is in {pairs[0][0]}, the oracle's in {pairs[0][1]}" if pairs else None


def autocast_off(subject: Subject) -> None:
    """Where autocast is off inside of autocast, nothing is different."""
    _require_available(subject)
    usual = pull(subject, subject.leaves())
    leaves = subject.leaves()
    with torch.autocast(subject.device.type, LOW), torch.autocast(subject.device.type, enabled=False):
        outputs = call(subject, leaves)
    dtypes = [[name_of(y.dtype) for y in ys] for ys in (usual.outputs, outputs)]
    if dtypes[0] != dtypes[1]:
        numbers = ", ".join(dtypes[0]), ", ".join(dtypes[1])
        raise BrokenError("autocast that is off changes the dtype of the output", Evidence("dtype", None, *numbers))
    got = pull_from(outputs, leaves, usual.grads_y)
    require_equivalent("where autocast is off", subject.names, got, usual)


def autocast_under_func(subject: Subject) -> None:
    """``torch.func.vjp`` under autocast gives the gradients that the tape gives."""
    _require_available(subject)
    low = subject.in_dtype(torch.float32)
    with torch.autocast(low.device.type, LOW):
        got = pull_by_func(low, [point.clone() for point in low.points])
    exact, function = exactly(low, got)
    require_near("by torch.func under autocast", low, got, exact, function, torch.finfo(LOW).eps)


def _require_available(subject: Subject) -> None:
    if not torch.amp.is_autocast_available(subject.device.type):
        raise NotApplicableError(f"there is no autocast for {subject.device.type}")


LAWS = (
    Law("autocast_inside", "autocast", "Right under autocast, with backward inside.", partial(autocast, inside=True)),
    Law(
        "autocast_outside", "autocast", "Right under autocast, with backward outside.", partial(autocast, inside=False)
    ),
    Law("autocast_off", "autocast", "Autocast that is off changes nothing.", autocast_off),
    Law("autocast_func", "autocast", "torch.func under autocast agrees with the tape.", autocast_under_func),
)

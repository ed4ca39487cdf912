"""Dtypes: float64, float32, bfloat16, float16 and mixtures."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from handgrad.laws._compare import require_close
from handgrad.laws._conditioning import rounding_noise
from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._pullback import Pullback, call, draws, pull, pull_from
from handgrad.laws._rule import python_rules
from handgrad.laws._subject import Subject
from handgrad.laws.families._rules import require_own_dtype

DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)


def in_one_dtype(subject: Subject, dtype: torch.dtype) -> str | None:
    """Values and gradients in ``dtype`` are as near to those in float64 as its rounding allows."""
    low = subject.in_dtype(dtype)
    leaves = low.leaves()
    got = _run(low, leaves, dtype)
    exact, function = exactly(low, got)
    require_near(f"in {name_of(dtype)}", subject, got, exact, function, torch.finfo(dtype).eps)
    return _dtypes_of_outputs(subject, low, got, dtype)


def _run(low: Subject, leaves: tuple[Tensor, ...], dtype: torch.dtype) -> Pullback:
    try:
        outputs = call(low, leaves)
    except Exception as refusal:
        raise NotOfferedError(f"it refuses {name_of(dtype)}: {refusal}") from refusal
    return pull_from(outputs, leaves)


def exactly(low: Subject, got: Pullback) -> tuple[Pullback, Subject]:
    """The same numbers in float64: by the function, or by its oracle where the function does not take them."""
    high = low.in_dtype(torch.float64)
    grads_y = [g.double() for g in got.grads_y]
    try:
        return pull(high, high.leaves(), grads_y), high
    except Exception as refusal:
        if high.oracle is None:
            raise NotApplicableError("it does not take float64, and no oracle was given to compare with") from refusal
        by_oracle = replace(high, fn=high.oracle)
        return pull(by_oracle, high.leaves(), grads_y), by_oracle


def require_near(
    where: str, subject: Subject, got: Pullback, exact: Pullback, function: Subject, epsilon: float
) -> None:
    """Raise `BrokenError` where values or gradients are further from the exact ones than rounding by ``epsilon`` explains."""
    if draws(function, function.points):
        return  # other numbers are drawn in another dtype
    noise_y, noise = rounding_noise(function, function.points, exact, epsilon)
    for place, (y, truth, allowed) in enumerate(zip(got.outputs, exact.outputs, noise_y, strict=True)):
        what = "output" if len(noise_y) == 1 else f"output {place}"
        require_close(f"{what} {where}", y, truth.to(y.dtype), allowed)
    for name, grad, exact_grad, allowed in zip(subject.names, got.grads, exact.grads, noise, strict=True):
        if grad is not None and exact_grad is not None:
            require_close(f"gradient of {name} {where}", grad, exact_grad.to(grad.dtype), allowed)
        elif exact_grad is not None and bool((exact_grad.abs() > allowed).any()):
            raise BrokenError(f"there is no gradient of {name} {where}")


def _dtypes_of_outputs(subject: Subject, low: Subject, got: Pullback, dtype: torch.dtype) -> str | None:
    """The dtypes of the outputs are the oracle's; without an oracle they are only said where they are unusual."""
    given = [y.dtype for y in got.outputs]
    if subject.oracle is not None:
        with torch.no_grad():
            try:
                expected = [y.dtype for y in low.by_oracle(*low.points)]
            except Exception:
                return f"the oracle refuses {name_of(dtype)}"
        if expected != given:
            numbers = ", ".join(map(name_of, expected)), ", ".join(map(name_of, given))
            raise BrokenError(f"the output has the wrong dtype in {name_of(dtype)}", Evidence("dtype", None, *numbers))
    return None if set(given) == {dtype} else f"the output is in {', '.join(map(name_of, given))}"


def mixed(subject: Subject) -> None:
    """Inputs of two dtypes get gradients of their own dtypes."""
    if len(subject.points) < 2:
        raise NotApplicableError("there is only one differentiable argument")
    high = subject.in_dtype(torch.float64)
    refusals = [refusal for place in range(len(subject.points)) if (refusal := _mixed_at(high, place)) is not None]
    if len(refusals) == len(subject.points):
        raise NotOfferedError(f"it refuses inputs of two dtypes: {refusals[0]}")


def _mixed_at(high: Subject, place: int) -> str | None:
    """Judge with one argument in float32 and the others in float64; a refusal is returned."""
    leaves = [leaf.detach().to(torch.float32) if i == place else leaf for i, leaf in enumerate(high.leaves())]
    leaves[place].requires_grad_()
    try:
        got = pull(high, leaves)
    except Exception as refusal:
        return str(refusal)
    rounded = high.at([leaf.detach().double() for leaf in leaves])
    exact = pull(rounded, rounded.leaves(), [g.double() for g in got.grads_y])
    where = f"with {high.names[place]} in float32 and the others in float64"
    require_near(where, high, got, exact, rounded, torch.finfo(torch.float32).eps)
    if python_rules(call(high, leaves)):
        require_own_dtype(high, leaves)
    return None


def name_of(dtype: torch.dtype) -> str:
    """``float32``, not ``torch.float32``."""
    return str(dtype).removeprefix("torch.")


LAWS = (
    *(
        Law(
            name_of(dtype),
            "dtypes",
            f"Values and gradients in {name_of(dtype)} are near the exact ones, and in the right dtype.",
            partial(in_one_dtype, dtype=dtype),
        )
        for dtype in DTYPES
    ),
    Law("mixed_dtypes", "dtypes", "Inputs of two dtypes get gradients of their own dtypes.", mixed, offered=False),
)

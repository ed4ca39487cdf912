"""Who asks for which gradient, and from which output."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from handgrad.laws.diagnosis._differing import attempted
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape


def needs_input_grad(seen: Observations) -> str | None:
    """The gradient of one tensor depends on who else wants one."""
    for needed, name in enumerate(seen.subject.names):
        run = partial(_alone, seen, needed)
        found = attempted([f"the gradient of {name}"], run, [seen.plain[needed]])
        if found:
            return f"when only {name} requires a gradient: {found}"
    return None


def _alone(seen: Observations, needed: int) -> list[Tensor | None]:
    return [Tape(seen.subject, {needed}).backward()[needed]]


def undefined_upstream(seen: Observations) -> str | None:
    """An output that nobody used."""
    tape = Tape(seen.subject)
    if len(tape.outputs) < 2:
        return None
    for used in range(len(tape.outputs)):
        zeros = [grad if place == used else torch.zeros_like(grad) for place, grad in enumerate(tape.grads_y)]
        names = [f"the gradient of {name}" for name in seen.subject.names]
        found = attempted(names, partial(_from, tape, used), tape.backward(zeros))
        if found:
            return f"when only output {used} is used: {found}"
    return None


def _from(tape: Tape, used: int) -> tuple[Tensor, ...]:
    return torch.autograd.grad(
        tape.outputs[used], tape.leaves, tape.grads_y[used], retain_graph=True, allow_unused=True
    )


MATCHERS = (
    ConductMatcher("undefined_upstream", undefined_upstream),
    ConductMatcher("needs_input_grad", needs_input_grad),
)

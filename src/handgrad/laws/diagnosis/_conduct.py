"""What a function does to the caller's tensors."""

from __future__ import annotations

from handgrad.laws._arguments import fixed_tensors
from handgrad.laws._modes import dual
from handgrad.laws._upstream import upstream
from handgrad.laws._watch import Watch, first_difference
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape
from handgrad.laws.diagnosis._wording import listed, number


def inputs_modified(seen: Observations) -> str | None:
    """An argument is written over, in forward or in backward."""
    fixed, leaves = fixed_tensors(seen.subject), seen.subject.leaves()
    others = Watch(["an argument without a gradient"] * len(fixed), fixed)
    watch = Watch(seen.subject.names, leaves)
    tape = Tape(seen.subject, leaves=leaves)
    in_forward = _written(watch, "forward writes into an argument")
    if in_forward:
        return in_forward
    tape.backward()
    return _written(watch, "backward writes into an argument") or _written(others, "it writes into an argument")


def upstream_modified(seen: Observations) -> str | None:
    """The caller's upstream gradient is written over."""
    tape = Tape(seen.subject)
    given = [grad.clone() for grad in tape.grads_y]
    watch = Watch(["the upstream gradient"] * len(given), given)
    tape.backward(given)
    return _written(watch, "backward writes into the caller's tensor")


def output_modified(seen: Observations) -> str | None:
    """The output, which the caller has by then, is written over."""
    tape = Tape(seen.subject)
    watch = Watch(["the output"] * len(tape.outputs), tape.outputs)
    tape.backward()
    return _written(watch, "backward writes into the caller's tensor")


def tangent_modified(seen: Observations) -> str | None:
    """A tangent is written over in forward mode."""
    tangents = upstream(seen.subject.points, 3)
    watch = Watch([f"the tangent of {name}" for name in seen.subject.names], tangents)
    dual(seen.subject, [point.clone() for point in seen.subject.points], tangents)
    return _written(watch, "jvp writes into the caller's tensor")


def grad_accumulated(seen: Observations) -> str | None:
    """The rule writes ``.grad`` itself."""
    tape = Tape(seen.subject)
    tape.backward()
    names = [name for name, leaf in zip(seen.subject.names, tape.leaves, strict=True) if leaf.grad is not None]
    return f"backward writes .grad of {listed(names)} itself, also under torch.autograd.grad" if names else None


def _written(watch: Watch, words: str) -> str | None:
    for name, now, was in watch.changed():
        where = first_difference(now.detach(), was)
        if where is None:
            return f"{words}: {name}, with the numbers that were there"
        entry, before, after = where
        return f"{words}: {name}{list(entry) or ''} was {number(before)} and is {number(after)}"
    return None


INPUTS = ConductMatcher("inputs_modified", inputs_modified)
"""For what would make the numbers mean nothing."""

MATCHERS = (
    ConductMatcher("upstream_modified", upstream_modified),
    ConductMatcher("output_modified", output_modified),
    ConductMatcher("tangent_modified", tangent_modified),
)
GRAD = ConductMatcher("grad_accumulated", grad_accumulated)

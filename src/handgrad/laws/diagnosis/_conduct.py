"""What a function does besides computing: to the caller's tensors, and to itself."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from handgrad.laws._arguments import fixed_tensors
from handgrad.laws._modes import dual
from handgrad.laws._threads import in_threads
from handgrad.laws._upstream import upstream
from handgrad.laws._watch import Watch, first_difference
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape
from handgrad.laws.diagnosis._wording import first_line, listed, number


def upstream_modified(seen: Observations) -> str | None:
    """The caller's upstream gradient is written over."""
    tape = Tape(seen.subject)
    given = [grad.clone() for grad in tape.grads_y]
    watch = Watch(["the upstream gradient"] * len(given), given)
    tape.backward(given)
    return _written(watch, "backward writes into the caller's upstream gradient")


def inputs_modified(seen: Observations) -> str | None:
    """An argument is written over, in forward or in backward."""
    fixed = fixed_tensors(seen.subject)
    others = Watch(["an argument without a gradient"] * len(fixed), fixed)
    leaves = seen.subject.leaves()
    watch = Watch(seen.subject.names, leaves)
    tape = Tape(seen.subject, leaves=leaves)
    in_forward = _written(watch, "forward writes into an argument")
    tape.backward()
    return (
        in_forward
        or _written(watch, "backward writes into an argument")
        or _written(others, "it writes into an argument")
    )


def output_modified(seen: Observations) -> str | None:
    """The output, which the caller has by then, is written over."""
    tape = Tape(seen.subject)
    watch = Watch(["the output"] * len(tape.outputs), tape.outputs)
    tape.backward()
    return _written(watch, "backward writes into the output, which the caller has")


def tangent_modified(seen: Observations) -> str | None:
    """A tangent is written over in forward mode."""
    tangents = tuple(upstream(seen.subject.points, 3))
    watch = Watch([f"the tangent of {name}" for name in seen.subject.names], tangents)
    dual(seen.subject, [point.clone() for point in seen.subject.points], tangents)
    return _written(watch, "jvp writes into the caller's tangent")


def _written(watch: Watch, words: str) -> str | None:
    for name, now, was in watch.changed():
        where = first_difference(now.detach(), was)
        if where is None:
            return f"{words}: {name}, with the numbers that were there"
        entry, before, after = where
        return f"{words}: {name}{list(entry) or ''} was {number(before)} and is {number(after)}"
    return None


def nondeterministic(seen: Observations) -> str | None:
    """Two runs with the same numbers differ."""
    with torch.random.fork_rng(devices=[]):
        one, other = Tape(seen.subject), Tape(seen.subject)
        changed = _change(["the output"] * len(one.outputs), other.outputs, one.outputs)
        changed = changed or _change(seen.subject.names, other.backward(), one.backward())
    return changed and f"two runs with the same numbers differ: {changed}"


def saved_modified(seen: Observations) -> str | None:
    """A second backward pass over the same graph gives something else."""
    tape = Tape(seen.subject)
    first = [None if grad is None else grad.clone() for grad in tape.backward()]
    try:
        second = tape.backward()
    except RuntimeError as error:
        return f"a second backward pass over the same graph raises {type(error).__name__}: {first_line(error)}"
    changed = _change(seen.subject.names, second, first)
    return changed and f"a second backward pass over the same graph gives something else: {changed}"


def state_outside_context(seen: Observations) -> str | None:
    """Another forward pass between forward and backward changes the gradient."""
    right = [None if grad is None else grad.clone() for grad in Tape(seen.subject).backward()]
    tape = Tape(seen.subject)
    other = Tape(seen.subject.at([point.flip(list(range(point.dim()))) for point in seen.subject.points]))
    grads = tape.backward()
    changed = _change(seen.subject.names, grads, right)
    if changed:
        return f"another forward pass between forward and backward changes the gradient: {changed}"
    if seen.breaks("threads") and (changed := _in_threads(seen)):
        return f"the same call in several threads at once gives something else: {changed}"
    other.backward()
    changed = _change(seen.subject.names, grads, right)
    return changed and f"the backward pass of another call changes a gradient that was already returned: {changed}"


def _in_threads(seen: Observations) -> str | None:
    """What several threads at different points get that one thread does not."""
    moved = [seen.subject.at([point * (1 - k / 8) for point in seen.subject.points]) for k in range(6)]
    alone = [Tape(one).backward() for one in moved]
    together = in_threads(lambda number: Tape(moved[number]).backward(), len(moved))
    changes = (_change(seen.subject.names, one, right) for one, right in zip(together, alone, strict=True))
    return next((change for change in changes if change), None)


def grad_accumulated(seen: Observations) -> str | None:
    """The rule writes ``.grad`` itself."""
    tape = Tape(seen.subject)
    tape.backward()
    names = [name for name, leaf in zip(seen.subject.names, tape.leaves, strict=True) if leaf.grad is not None]
    return (
        f"backward writes .grad of {listed(names)} itself; torch.autograd.grad must leave it alone" if names else None
    )


def tensor_on_context(seen: Observations) -> str | None:
    """A tensor as an attribute of ctx."""
    found = [thing for thing in seen.kept if thing.attribute]
    return f"{listed(map(str, found))} is kept as an attribute, not by save_for_backward" if found else None


def _change(names: Sequence[str], now: Sequence[Tensor | None], before: Sequence[Tensor | None]) -> str | None:
    """The first number that is another one."""
    for name, one, other in zip(names, now, before, strict=True):
        where = None if one is None or other is None else first_difference(one.detach(), other.detach())
        if where is not None:
            entry, was, is_now = where
            return f"{name}{list(entry) or ''} was {number(was)} and is {number(is_now)}"
    return None


BEFORE_NUMBERS = (
    ConductMatcher("nondeterministic", nondeterministic),
    ConductMatcher("inputs_modified", inputs_modified),
)
"""For what would make the numbers mean nothing."""

MATCHERS = (
    ConductMatcher("upstream_modified", upstream_modified),
    ConductMatcher("output_modified", output_modified),
    ConductMatcher("tangent_modified", tangent_modified),
    ConductMatcher("state_outside_context", state_outside_context),
    ConductMatcher("saved_modified", saved_modified),
    ConductMatcher("grad_accumulated", grad_accumulated),
)
KEEPING = (ConductMatcher("tensor_on_context", tensor_on_context),)

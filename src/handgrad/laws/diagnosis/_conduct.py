"""What a function does besides computing: to the caller's tensors, and to itself."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape
from handgrad.laws.diagnosis._wording import first_line, listed, number, place


def upstream_modified(seen: Observations) -> str | None:
    """The caller's upstream gradient is written over."""
    tape = Tape(seen.subject)
    given = [grad.clone() for grad in tape.grads_y]
    tape.backward(given)
    changed = _first_change(["the upstream gradient"], given[:1], tape.grads_y[:1])
    return changed and f"backward writes into the caller's upstream gradient: {changed}"


def inputs_modified(seen: Observations) -> str | None:
    """An argument is written over, in forward or in backward."""
    fixed = [leaf for leaf in pytree.tree_leaves(seen.subject.case.args) if isinstance(leaf, Tensor)]
    versions = [tensor._version for tensor in fixed]
    tape = Tape(seen.subject)
    during = "forward"
    written = _written(seen.subject.names, tape.leaves)
    if not written:
        during = "backward"
        tape.backward()
        written = _written(seen.subject.names, tape.leaves)
    changed = _first_change(seen.subject.names, tape.leaves, seen.subject.points)
    others = [tensor for tensor, version in zip(fixed, versions, strict=True) if tensor._version != version]
    if not written and not others:
        return None
    return f"{during} writes into an argument: {changed or (written and listed(written)) or 'one that has no gradient'}"


def _written(names: Sequence[str], tensors: Sequence[Tensor]) -> list[str]:
    """Those of some new tensors that have been written to since; their values may be the same."""
    return [name for name, tensor in zip(names, tensors, strict=True) if tensor._version]


def output_modified(seen: Observations) -> str | None:
    """The output, which the caller has by then, is written over."""
    tape = Tape(seen.subject)
    values = [output.detach().clone() for output in tape.outputs]
    tape.backward()
    changed = _first_change(["the output"] * len(values), tape.outputs, values)
    return changed and f"backward writes into the output, which the caller has: {changed}"


def nondeterministic(seen: Observations) -> str | None:
    """Two runs with the same numbers differ."""
    with torch.random.fork_rng(devices=[]):
        one, other = Tape(seen.subject), Tape(seen.subject)
        changed = _first_change(["the output"] * len(one.outputs), other.outputs, one.outputs)
        changed = changed or _first_change(seen.subject.names, other.backward(), one.backward())
    return changed and f"two runs with the same numbers differ: {changed}"


def saved_modified(seen: Observations) -> str | None:
    """A second backward pass over the same graph gives something else."""
    tape = Tape(seen.subject)
    first = [None if grad is None else grad.clone() for grad in tape.backward()]
    try:
        second = tape.backward()
    except RuntimeError as error:
        return f"a second backward pass over the same graph raises {type(error).__name__}: {first_line(error)}"
    changed = _first_change(seen.subject.names, second, first)
    return changed and f"a second backward pass over the same graph gives something else: {changed}"


def state_outside_context(seen: Observations) -> str | None:
    """Another forward pass between forward and backward changes the gradient."""
    tape = Tape(seen.subject)
    Tape(seen.subject.at([point.flip(list(range(point.dim()))) for point in seen.subject.points]))
    changed = _first_change(seen.subject.names, tape.backward(), Tape(seen.subject).backward())
    return changed and f"another forward pass between forward and backward changes the gradient: {changed}"


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


def _first_change(names: Sequence[str], now: Sequence[Tensor | None], before: Sequence[Tensor | None]) -> str | None:
    for name, one, other in zip(names, now, before, strict=True):
        if one is None or other is None:
            continue
        one, other = one.detach(), other.detach()
        differs = (one != other) & ~(one.isnan() & other.isnan())
        if differs.any():
            entry = int(differs.reshape(-1).int().argmax())
            was, is_now = float(other.reshape(-1)[entry]), float(one.reshape(-1)[entry])
            return f"{name}{place(one.shape, entry)} was {number(was)} and is {number(is_now)}"
    return None


MATCHERS = (
    ConductMatcher("nondeterministic", nondeterministic),
    ConductMatcher("upstream_modified", upstream_modified),
    ConductMatcher("inputs_modified", inputs_modified),
    ConductMatcher("output_modified", output_modified),
    ConductMatcher("state_outside_context", state_outside_context),
    ConductMatcher("saved_modified", saved_modified),
    ConductMatcher("grad_accumulated", grad_accumulated),
)
KEEPING = (ConductMatcher("tensor_on_context", tensor_on_context),)

"""Doing it again: with the same numbers, over the same graph, in between another call, in several threads."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws._subject import Subject
from handgrad.laws._threads import in_threads
from handgrad.laws.diagnosis._differing import another, attempted, changed
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape

THREADS = 6


def nondeterministic(seen: Observations) -> str | None:
    """Two runs with the same numbers differ."""
    one, other = Tape(seen.subject), Tape(seen.subject)
    found = another(["the output"] * len(one.outputs), other.outputs, one.outputs)
    found = found or another(_gradients(seen), other.backward(), one.backward())
    return found and f"two runs with the same numbers and the same seed differ: {found}"


def state_outside_context(seen: Observations) -> str | None:
    """Another call between forward and backward changes the gradient, or one that was returned."""
    right = [None if grad is None else grad.clone() for grad in Tape(seen.subject).backward()]
    tape = Tape(seen.subject)
    between = Tape(seen.subject.at([point.flip(list(range(point.dim()))) for point in seen.subject.points]))
    grads = tape.backward()
    found = another(_gradients(seen), grads, right)
    if found:
        return f"another call between forward and backward changes the gradient: {found}"
    between.backward()
    found = changed(_gradients(seen), grads, right)
    return found and f"the backward pass of another call changes a gradient that was already returned: {found}"


def disturbed_by_threads(seen: Observations) -> str | None:
    """Several threads at different points get what one thread does not."""
    if not seen.breaks("threads"):
        return None
    moved = [seen.subject.at([point * (1 - k / 8) for point in seen.subject.points]) for k in range(THREADS)]
    alone = [_everything(one) for one in moved]
    together = in_threads(lambda k: _everything(moved[k]), THREADS)
    names = [*["the output"] * (len(alone[0]) - len(seen.subject.names)), *_gradients(seen)]
    found = [another(names, *pair) for pair in zip(together, alone, strict=True)]
    worst = next((words for words in found if words), None)
    return worst and f"the same call in {THREADS} threads at once gives something else: {worst}"


def _everything(subject: Subject) -> list[Tensor | None]:
    tape = Tape(subject)
    return [*tape.outputs, *tape.backward()]


def saved_modified(seen: Observations) -> str | None:
    """A second backward pass over the same graph gives something else."""
    tape = Tape(seen.subject)
    first = [None if grad is None else grad.clone() for grad in tape.backward()]
    found = attempted(_gradients(seen), tape.backward, first)
    return found and f"a second backward pass over the same graph differs: {found}"


def saved_read_twice(seen: Observations) -> str | None:
    """ctx.saved_tensors unpacks at every reading."""
    if not seen.breaks("checkpoint", "saved"):
        return None
    read: list[int] = []
    numbers = iter(range(1_000_000))

    def unpack(packed: tuple[int, Tensor]) -> Tensor:
        read.append(packed[0])
        return packed[1]

    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: (next(numbers), tensor.detach()), unpack):
        tape = Tape(seen.subject)
    tape.backward()
    most = max((read.count(number) for number in set(read)), default=0)
    return f"one backward pass reads ctx.saved_tensors {most} times" if most > 1 else None


def _gradients(seen: Observations) -> list[str]:
    return [f"the gradient of {name}" for name in seen.subject.names]


NONDETERMINISTIC = ConductMatcher("nondeterministic", nondeterministic)
"""For what would make the numbers mean nothing."""

MATCHERS = (
    ConductMatcher("state_outside_context", state_outside_context),
    ConductMatcher("state_outside_context", disturbed_by_threads),
    ConductMatcher("saved_modified", saved_modified),
    ConductMatcher("saved_read_twice", saved_read_twice),
)

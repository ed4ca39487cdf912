"""How often backward asks for what was saved."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape


def saved_read_twice(seen: Observations) -> str | None:
    """ctx.saved_tensors unpacks at every reading."""
    if not seen.breaks("checkpoint", "saved"):
        return None
    read: list[int] = []

    def unpack(packed: tuple[int, Tensor]) -> Tensor:
        read.append(packed[0])
        return packed[1]

    numbers = iter(range(1_000_000))
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: (next(numbers), tensor.detach()), unpack):
        tape = Tape(seen.subject)
    tape.backward()
    most = max((read.count(number) for number in set(read)), default=0)
    return f"one backward pass reads ctx.saved_tensors {most} times" if most > 1 else None


MATCHERS = (ConductMatcher("saved_read_twice", saved_read_twice),)

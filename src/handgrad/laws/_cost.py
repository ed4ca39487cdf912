"""What a call costs: counted in its graph, not timed, so that a busy machine judges as an idle one."""

from __future__ import annotations

import torch

from handgrad.laws._graph import nodes_of
from handgrad.laws._subject import Subject

CALL = 5e-5
OPERATION = 5e-6
NUMBER = 2e-9
"""Seconds that an ordinary core takes for a call, for an operation of it, and for a number that goes in or out."""
BACKWARD = 3
"""So many calls a forward with its backward is worth."""


def seconds_of_call(subject: Subject) -> float:
    """The seconds that a call of the function takes on an ordinary core, by the nodes of its graph and the size of its tensors."""
    return subject.once("seconds of a call", _seconds)


def _seconds(subject: Subject) -> float:
    leaves = subject.leaves()
    with torch.enable_grad():
        outputs = subject(*leaves)
    numbers = sum(tensor.numel() for tensor in (*leaves, *outputs))
    return CALL + OPERATION * len(nodes_of(outputs)) + NUMBER * numbers

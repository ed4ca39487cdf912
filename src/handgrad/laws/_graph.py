"""The graph that the tape records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor


def nodes_of(outputs: Sequence[Tensor]) -> list[Any]:
    """The nodes of the graph behind the outputs, each once, those nearest to the outputs first."""
    waiting = list(dict.fromkeys(y.grad_fn for y in outputs if y.grad_fn is not None))
    known = set(waiting)
    for node in waiting:
        following = dict.fromkeys(next_node for next_node, _ in node.next_functions if next_node is not None)
        waiting += [n for n in following if n not in known]
        known.update(following)
    return waiting

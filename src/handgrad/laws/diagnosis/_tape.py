"""A forward pass from fresh tensors, to go backward over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction

from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream


class Tape:
    """One forward pass.

    Attributes:
        leaves: the differentiable tensors.
        outputs: the differentiable outputs.
        grads_y: the ordinary upstream gradients, no two entries alike.
    """

    def __init__(self, subject: Subject, needed: Collection[int] | None = None) -> None:
        """Run ``subject``; only the tensors at the places ``needed`` require a gradient (None: all)."""
        self.leaves = subject.leaves()
        for place, leaf in enumerate(self.leaves):
            leaf.requires_grad_(needed is None or place in needed)
        self.outputs = subject(*self.leaves)
        self.grads_y = [grad.detach() for grad in upstream(self.outputs, subject.seed)]

    def backward(self, grads_y: Sequence[Tensor] | None = None) -> list[Tensor | None]:
        """A backward pass; the tape can be used again. A gradient for each of the leaves, None where there is none."""
        wanted = [leaf for leaf in self.leaves if leaf.requires_grad]
        fed = [grad.clone() for grad in self.grads_y] if grads_y is None else grads_y
        found = iter(torch.autograd.grad(self.outputs, wanted, fed, retain_graph=True, allow_unused=True))
        return [next(found) if leaf.requires_grad else None for leaf in self.leaves]

    def rules(self) -> Iterator[Any]:
        """The nodes of the graph that are hand-written: the contexts of ``autograd.Function``s."""
        waiting, seen = [output.grad_fn for output in self.outputs], set()
        while waiting:
            node = waiting.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            if isinstance(node, BackwardCFunction):
                yield node
            waiting += [before for before, _ in node.next_functions]


def gradients(subject: Subject, grads_y: Sequence[Tensor] | None = None) -> list[Tensor]:
    """A forward and a backward pass: a gradient for every differentiable tensor, in float64; zeros for None."""
    tape = Tape(subject)
    grads = tape.backward(grads_y)
    return [
        torch.zeros_like(leaf, dtype=torch.float64) if grad is None else grad.detach().double()
        for leaf, grad in zip(tape.leaves, grads, strict=True)
    ]

"""A forward pass from fresh tensors, to go backward over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor

from handgrad.laws._pullback import call, pull_from
from handgrad.laws._rule import python_rules, returned_by_rules
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream


class Tape:
    """One forward pass.

    Attributes:
        leaves: the differentiable tensors.
        outputs: the differentiable outputs.
        grads_y: the ordinary upstream gradients, no two entries alike.
    """

    def __init__(
        self, subject: Subject, needed: Collection[int] | None = None, leaves: tuple[Tensor, ...] | None = None
    ) -> None:
        """Run ``subject`` (on ``leaves``); only the tensors at the places ``needed`` require a gradient (None: all)."""
        self.leaves = leaves or subject.leaves()
        for place, leaf in enumerate(self.leaves):
            leaf.requires_grad_(needed is None or place in needed)
        self.outputs = call(subject, self.leaves)
        self.grads_y = [grad.detach() for grad in upstream(self.outputs, subject.seed)]

    def backward(self, grads_y: Sequence[Tensor] | None = None) -> tuple[Tensor | None, ...]:
        """A backward pass; the tape can be used again. A gradient for each of the leaves, None where there is none."""
        fed = [grad.clone() for grad in self.grads_y] if grads_y is None else grads_y
        return pull_from(self.outputs, self.leaves, fed, retain_graph=True).grads

    @property
    def rules(self) -> list[Any]:
        """The nodes of the graph that are hand-written: the contexts of ``autograd.Function``s."""
        return python_rules(self.outputs)

    def returned(self) -> dict[int, Tensor | None]:
        """By place, what the rules return for the tensors, before the engine sums it to shape and casts it to dtype."""
        places = {id(leaf): place for place, leaf in enumerate(self.leaves)}
        found = returned_by_rules(self.outputs, self.leaves, refused=True)
        return {places[id(one.leaf)]: one.grad for one in found if id(one.leaf) in places}


def gradients(subject: Subject, grads_y: Sequence[Tensor] | None = None) -> list[Tensor]:
    """A forward and a backward pass: a gradient for every differentiable tensor, in float64, a copy; zeros for None."""
    tape = Tape(subject)
    grads = tape.backward(grads_y)
    return [
        torch.zeros_like(leaf, dtype=torch.float64) if grad is None else grad.detach().double().clone()
        for leaf, grad in zip(tape.leaves, grads, strict=True)
    ]

"""What a rule keeps between forward and backward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree

from handgrad.laws._subject import Subject
from handgrad.laws.diagnosis._tape import Tape


@dataclass(frozen=True)
class Kept:
    """A tensor that is kept.

    Attributes:
        tensor: the tensor.
        attribute: the name of the attribute of ``ctx`` that holds it; empty where it was given to ``save_for_backward``.
        known: whether it is an argument or an output, so that torch knows what it depends on.
    """

    tensor: Tensor
    attribute: str
    known: bool

    def __str__(self) -> str:
        """Where it is, and its shape: ``ctx.y of shape (5, 3)``."""
        return f"{f'ctx.{self.attribute}' if self.attribute else 'a saved tensor'} of shape {tuple(self.tensor.shape)}"


def kept(subject: Subject) -> list[Kept]:
    """What the hand-written rules in the graph of ``subject`` keep."""
    tape = Tape(subject)
    arguments = pytree.tree_leaves(subject.everything(*tape.leaves))
    storages = {_storage(tensor) for tensor in (*arguments, *tape.leaves, *tape.outputs) if isinstance(tensor, Tensor)}
    return [
        Kept(tensor, attribute, _storage(tensor) in storages)
        for node in tape.rules
        for attribute, tensor in _tensors(node)
    ]


def _tensors(node: Any) -> Iterator[tuple[str, Tensor]]:
    yield from (("", tensor) for tensor in node.saved_tensors if isinstance(tensor, Tensor))
    for name, value in vars(node).items():
        yield from ((name, leaf) for leaf in pytree.tree_leaves(value) if isinstance(leaf, Tensor))


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()

"""The same function with other tensors for its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor
from torch.utils import _pytree as pytree

from handgrad.laws._subject import Subject


def tensors_of(subject: Subject) -> list[Tensor]:
    """All tensors among the arguments, fixed ones too; those of a module itself not."""
    return [leaf for leaf in pytree.tree_leaves(_arguments(subject)) if isinstance(leaf, Tensor)]


def fixed_tensors(subject: Subject) -> list[Tensor]:
    """The tensors among the arguments that have no gradient."""
    leaves = pytree.tree_leaves(subject.everything(*subject.points))
    return [leaf for leaf in leaves if isinstance(leaf, Tensor) and not any(leaf is point for point in subject.points)]


def with_arguments(subject: Subject, convert: Callable[[int, Tensor], Tensor]) -> Subject:
    """The same function with every tensor among its arguments converted, fixed ones too.

    Args:
        subject: the function with its arguments.
        convert: takes the place in `tensors_of` and the tensor, gives another tensor.
    """
    places = iter(range(len(tensors_of(subject))))

    def converted(tensor: Tensor) -> Tensor:
        return convert(next(places), tensor.detach()).requires_grad_(tensor.requires_grad)

    args, kwargs = pytree.tree_map_only(Tensor, converted, _arguments(subject))
    return Subject.of(subject.fn, subject.oracle, replace(subject.case, args=args, kwargs=kwargs), subject.seed)


def _arguments(subject: Subject) -> tuple[tuple[object, ...], dict[str, object]]:
    return tuple(subject.case.args), dict(subject.case.kwargs)

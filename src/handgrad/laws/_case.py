"""The arguments that a function is judged with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Case:
    """One set of arguments.

    Attributes:
        args: the positional arguments: tensors, and anything else that the function takes.
        kwargs: the keyword arguments.
        name: what the report calls it; empty where there is only one.
    """

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


Inputs = Tensor | Case | Sequence[Any] | Iterable[Any]
"""One case (a tensor, a sequence of arguments, a `Case`), or an iterator or list of cases."""


def cases_of(inputs: Inputs, kwargs: Mapping[str, Any]) -> list[Case]:
    """Read what `check` was given as ``inputs``.

    Args:
        inputs: a tensor or a sequence of arguments is one case; an iterator, or a list of `Case`, is several.
        kwargs: keyword arguments, the same for every case that has none of its own.

    Raises:
        ValueError: there is no case.
    """
    items = _items(inputs)
    if not items:
        raise ValueError("laws.check: inputs must hold at least one case, got an empty iterator")
    found = [replace(case, kwargs={**kwargs, **case.kwargs}) for case in map(_case, items)]
    if len(found) == 1:
        return found
    return [replace(case, name=case.name or f"case {number}") for number, case in enumerate(found)]


def _items(inputs: Inputs) -> list[Any]:
    if isinstance(inputs, Tensor | Case):
        return [inputs]
    if isinstance(inputs, Sequence):
        return list(inputs) if inputs and all(isinstance(item, Case) for item in inputs) else [inputs]
    return list(inputs)


def _case(item: Any) -> Case:
    if isinstance(item, Case):
        return item
    return Case((item,) if isinstance(item, Tensor) else tuple(item))

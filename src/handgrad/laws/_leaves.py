"""The arguments of a call: taking them apart, naming them, casting them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from handgrad.laws._case import Case
from handgrad.laws._signature import signature_of

Tree = TypeVar("Tree")


def flatten(case: Case) -> tuple[list[Any], pytree.TreeSpec]:
    """The leaves of the positional and keyword arguments, and how to put them together again."""
    leaves, spec = pytree.tree_flatten((tuple(case.args), dict(case.kwargs)))
    return leaves, spec


def copied(arguments: Tree) -> Tree:
    """The same with a copy of every tensor, of the same strides; those that share memory share that of the copies."""
    memory: dict[int, Any] = {}

    def copy_of(tensor: Tensor) -> Tensor:
        return copy.deepcopy(tensor.detach(), memory).requires_grad_(tensor.requires_grad)

    copies: Tree = pytree.tree_map_only(Tensor, copy_of, arguments)
    return copies


def cast(leaf: Any, dtype: torch.dtype) -> Any:
    """The leaf in ``dtype`` if it is a floating-point tensor."""
    return leaf.to(dtype) if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf


def trainable(fn: Callable[..., Any]) -> dict[str, Tensor]:
    """The parameters of a module that have a gradient; of another callable none."""
    if not isinstance(fn, nn.Module):
        return {}
    return {name: parameter for name, parameter in fn.named_parameters() if parameter.requires_grad}


def names_of(fn: Callable[..., Any], case: Case, flat: list[Any], places: Sequence[int | str]) -> list[str]:
    """The names of the parameters of ``fn`` where they can be had, else ``argument 0``."""
    signature = signature_of(fn)
    try:
        bound = signature.bind(*case.args, **case.kwargs).arguments if signature else {}
    except TypeError:
        bound = {}
    by_identity = {id(value): name for name, value in bound.items() if isinstance(value, Tensor)}
    by_identity |= {id(value): name for name, value in case.kwargs.items() if isinstance(value, Tensor)}
    numbers = {id(value): f"argument {i}" for i, value in enumerate(case.args) if isinstance(value, Tensor)}
    names = []
    for place in places:
        tensor = flat[int(place)]
        names.append(by_identity.get(id(tensor)) or numbers.get(id(tensor)) or f"tensor {place}")
    return names


def module_in(fn: Any, dtype: torch.dtype) -> Any:
    """A copy of a module in ``dtype``; another callable itself."""
    return copy.deepcopy(fn).to(dtype) if isinstance(fn, nn.Module) else fn

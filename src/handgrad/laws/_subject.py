"""The function under judgement, with one case of arguments, as a function of its differentiable tensors only."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from handgrad.laws._case import Case
from handgrad.laws._finding import NotApplicableError

Function = Callable[..., tuple[Tensor, ...]]
"""Takes the differentiable tensors, gives the differentiable outputs."""


@dataclass(frozen=True)
class Subject:
    """A callable with its arguments, those fixed that have no gradient.

    Tensors that are passed with ``requires_grad`` are differentiable; where none is, all floating-point tensors are.
    The parameters of an ``nn.Module`` come after the arguments.

    Attributes:
        fn: the callable, as it was passed.
        oracle: a callable that is right, with the same arguments; or None.
        case: the arguments.
        seed: for everything that is drawn, and for a function that draws.
        names: the differentiable tensors by name, in order.
        points: their values: detached, in the dtype of the judgement.
        as_given: their dtypes as they were passed.
    """

    fn: Callable[..., Any]
    oracle: Callable[..., Any] | None
    case: Case
    seed: int = 0
    names: tuple[str, ...] = ()
    points: tuple[Tensor, ...] = ()
    as_given: tuple[torch.dtype, ...] = ()
    _places: tuple[int | str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, fn: Callable[..., Any], oracle: Callable[..., Any] | None, case: Case, seed: int = 0) -> Subject:
        """Find the differentiable tensors of a case.

        Raises:
            NotApplicableError: there is none.
        """
        flat, _ = _flatten(case)
        floating = [i for i, leaf in enumerate(flat) if isinstance(leaf, Tensor) and leaf.is_floating_point()]
        chosen: list[int | str] = [i for i in floating if flat[i].requires_grad] or list(floating)
        parameters = _parameters(fn)
        places = [*chosen, *parameters]
        if not places:
            raise NotApplicableError("no argument is a floating-point tensor, so there is no gradient to judge")
        names = [*_names(fn, case, flat, chosen), *parameters]
        points = [flat[place] if isinstance(place, int) else parameters[place] for place in places]
        return cls(
            fn,
            oracle,
            case,
            seed,
            tuple(names),
            tuple(point.detach().clone(memory_format=torch.preserve_format) for point in points),
            tuple(point.dtype for point in points),
            tuple(places),
        )

    @property
    def device(self) -> torch.device:
        """Where the differentiable tensors live."""
        return self.points[0].device

    def generator(self) -> torch.Generator:
        """A generator on the CPU, from the seed."""
        return torch.Generator().manual_seed(self.seed)

    def leaves(self) -> tuple[Tensor, ...]:
        """Fresh tensors at the points, with ``requires_grad``, of the same strides."""
        return tuple(point.clone(memory_format=torch.preserve_format).requires_grad_() for point in self.points)

    def at(self, points: Sequence[Tensor]) -> Subject:
        """The same function at other points."""
        return replace(self, points=tuple(point.detach() for point in points))

    def in_dtype(self, dtype: torch.dtype) -> Subject:
        """The same function with all its floating-point arguments in ``dtype``, fixed ones too."""
        flat, spec = _flatten(self.case)
        args, kwargs = pytree.tree_unflatten([_cast(leaf, dtype) for leaf in flat], spec)
        fn = copy.deepcopy(self.fn).to(dtype) if isinstance(self.fn, nn.Module) else self.fn
        case = replace(self.case, args=args, kwargs=kwargs)
        return replace(self, fn=fn, case=case, points=tuple(point.to(dtype) for point in self.points))

    def __call__(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """The differentiable outputs of the function."""
        return self._outputs(self.fn, tensors)

    def by_oracle(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """The differentiable outputs of the oracle.

        Raises:
            NotApplicableError: there is no oracle.
        """
        if self.oracle is None:
            raise NotApplicableError("no oracle was given")
        return self._outputs(self.oracle, tensors)

    def everything(self, *tensors: Tensor) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The whole arguments, with ``tensors`` for the differentiable ones (parameters of a module left out)."""
        flat, spec = _flatten(self.case)
        for place, tensor in zip(self._places, tensors, strict=True):
            if isinstance(place, int):
                flat[place] = tensor
        args, kwargs = pytree.tree_unflatten(flat, spec)
        return args, kwargs

    def _outputs(self, fn: Callable[..., Any], tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        args, kwargs = self.everything(*tensors)
        parameters = {place: t for place, t in zip(self._places, tensors, strict=True) if isinstance(place, str)}
        if parameters and isinstance(fn, nn.Module):
            result = torch.func.functional_call(fn, parameters, args, kwargs)
        else:
            result = fn(*args, **kwargs)
        outputs = [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, Tensor)]
        return tuple(output for output in outputs if output.is_floating_point())


def _flatten(case: Case) -> tuple[list[Any], pytree.TreeSpec]:
    return pytree.tree_flatten((tuple(case.args), dict(case.kwargs)))


def _cast(leaf: Any, dtype: torch.dtype) -> Any:
    return leaf.to(dtype) if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf


def _parameters(fn: Callable[..., Any]) -> dict[str, Tensor]:
    if not isinstance(fn, nn.Module):
        return {}
    return {name: parameter for name, parameter in fn.named_parameters() if parameter.requires_grad}


def _names(fn: Callable[..., Any], case: Case, flat: list[Any], places: Sequence[int | str]) -> list[str]:
    """The names of the parameters of ``fn`` where they can be had, else ``argument 0``."""
    try:
        bound = inspect.signature(fn).bind(*case.args, **case.kwargs).arguments
    except (TypeError, ValueError):
        bound = {}
    by_identity = {id(value): name for name, value in bound.items() if isinstance(value, Tensor)}
    by_identity |= {id(value): name for name, value in case.kwargs.items() if isinstance(value, Tensor)}
    numbers = {id(value): f"argument {i}" for i, value in enumerate(case.args) if isinstance(value, Tensor)}
    names = []
    for place in places:
        tensor = flat[int(place)]
        names.append(by_identity.get(id(tensor)) or numbers.get(id(tensor)) or f"tensor {place}")
    return names

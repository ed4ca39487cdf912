"""The function under judgement, with one case of arguments, as a function of its differentiable tensors only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from handgrad.laws._case import Case
from handgrad.laws._finding import NotApplicableError
from handgrad.laws._leaves import cast, copied, flatten, module_in, names_of, trainable
from handgrad.laws._module_state import ModuleState
from handgrad.laws._preparation import judged_in_float64, seeded, without_chance

Function = Callable[..., tuple[Tensor, ...]]
"""Takes the differentiable tensors, gives the differentiable outputs."""


Kept = TypeVar("Kept")


@dataclass(frozen=True, eq=False)
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
        notes: what a reader must know to believe the verdicts: the dtype of the judgement, what was done against chance.
        reseeds: whether torch's generator is seeded before every call, because the function draws.
        near_kink: whether the points lie beside a kink, so that differences must take small steps.
        kept: the places of the differentiable outputs among the floating-point ones; None where nothing is known.
    """

    fn: Callable[..., Any]
    oracle: Callable[..., Any] | None
    case: Case
    seed: int = 0
    names: tuple[str, ...] = ()
    points: tuple[Tensor, ...] = ()
    as_given: tuple[torch.dtype, ...] = ()
    notes: tuple[str, ...] = ()
    reseeds: bool = False
    kept: tuple[int, ...] | None = None
    near_kink: bool = False
    _places: tuple[int | str, ...] = field(default=(), repr=False)
    _state: ModuleState = field(default_factory=ModuleState, repr=False)
    _memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    _original: Subject | None = field(default=None, init=False, repr=False)

    @classmethod
    def of(cls, fn: Callable[..., Any], oracle: Callable[..., Any] | None, case: Case, seed: int = 0) -> Subject:
        """Find the differentiable tensors of a case, and the dtype to judge in: float64 if the function takes it.

        Raises:
            NotApplicableError: there is none.
        """
        flat, _ = flatten(case)
        floating = [i for i, leaf in enumerate(flat) if isinstance(leaf, Tensor) and leaf.is_floating_point()]
        chosen: list[int | str] = [i for i in floating if flat[i].requires_grad] or list(floating)
        parameters = trainable(fn)
        places = [*chosen, *parameters]
        if not places:
            raise NotApplicableError("no argument is a floating-point tensor, so there is no gradient to judge")
        names = [*names_of(fn, case, flat, chosen), *parameters]
        points = [flat[place] if isinstance(place, int) else parameters[place] for place in places]
        given = cls(
            fn,
            oracle,
            case,
            seed,
            tuple(names),
            tuple(point.detach().clone(memory_format=torch.preserve_format) for point in points),
            tuple(point.dtype for point in points),
            _places=tuple(places),
            _state=ModuleState(fn, oracle),
        )
        with given.at_rest():
            return judged_in_float64(without_chance(given))

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

    def apart(self) -> Subject:
        """The same with tensors of its own, for a law: what the function writes into them no other law sees."""
        case = replace(self.case, args=copied(self.case.args), kwargs=copied(self.case.kwargs))
        own = replace(self, points=copied(self.points), case=case)
        object.__setattr__(own, "_original", self._original or self)
        return own

    def at_rest(self) -> AbstractContextManager[None]:
        """Inside, a module is as it was passed; afterwards as it was before."""
        return self._state.restored()

    def once(self, key: str, compute: Callable[[Subject], Kept]) -> Kept:
        """What ``compute`` gives for this subject as it was passed, kept under ``key`` for the laws that ask for it again."""
        original = self._original or self
        if key not in original._memo:
            with self.at_rest():
                original._memo[key] = compute(original.apart())
        kept: Kept = original._memo[key]
        return kept

    def at(self, points: Sequence[Tensor]) -> Subject:
        """The same function at other points."""
        return replace(self, points=tuple(point.detach() for point in points))

    def in_dtype(self, dtype: torch.dtype) -> Subject:
        """The same function with all its floating-point arguments in ``dtype``, fixed ones too."""
        flat, spec = flatten(self.case)
        args, kwargs = pytree.tree_unflatten([cast(leaf, dtype) for leaf in flat], spec)
        case = replace(self.case, args=args, kwargs=kwargs)
        points = tuple(point.to(dtype) for point in self.points)
        fn, oracle = module_in(self.fn, dtype), module_in(self.oracle, dtype)
        state = ModuleState(fn, oracle)
        return replace(self, fn=fn, oracle=oracle, case=case, points=points, _state=state)

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
        flat, spec = flatten(self.case)
        for place, tensor in zip(self._places, tensors, strict=True):
            if isinstance(place, int):
                flat[place] = tensor
        args, kwargs = pytree.tree_unflatten(flat, spec)
        return args, kwargs

    def of_every_tensor(self) -> tuple[Callable[..., tuple[Tensor, ...]], tuple[Tensor, ...], tuple[int, ...]]:
        """The outputs as a function of all tensors among the arguments, those without a gradient too.

        Returns: the function, its arguments, and the places of the differentiable ones among them.
        """
        args, kwargs = self.everything(*self.points)
        flat, spec = pytree.tree_flatten((args, kwargs))
        places = [i for i, leaf in enumerate(flat) if isinstance(leaf, Tensor)]
        parameters = {place: p for place, p in zip(self._places, self.points, strict=True) if isinstance(place, str)}

        def function(*tensors: Tensor) -> tuple[Tensor, ...]:
            leaves = list(flat)
            for place, tensor in zip(places, tensors[: len(places)], strict=True):
                leaves[place] = tensor
            args, kwargs = pytree.tree_unflatten(leaves, spec)
            return self._call(self.fn, args, kwargs, dict(zip(parameters, tensors[len(places) :], strict=True)))

        tensors = (*(flat[place] for place in places), *parameters.values())
        differentiable = tuple(i for i, place in enumerate([*places, *parameters]) if place in self._places)
        return function, tensors, differentiable

    def _outputs(self, fn: Callable[..., Any], tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        parameters = {place: t for place, t in zip(self._places, tensors, strict=True) if isinstance(place, str)}
        args, kwargs = self.everything(*tensors)
        return self._call(fn, args, kwargs, parameters)

    def _call(
        self, fn: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], parameters: dict[str, Tensor]
    ) -> tuple[Tensor, ...]:
        with seeded(self.seed if self.reseeds else None, self.device):
            if parameters and isinstance(fn, nn.Module):
                result = torch.func.functional_call(fn, parameters, tuple(args), kwargs)
            else:
                result = fn(*args, **kwargs)
        outputs = [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, Tensor)]
        floating = [output for output in outputs if output.is_floating_point()]
        return tuple(
            floating if self.kept is None else [floating[place] for place in self.kept if place < len(floating)]
        )


def has_a_value(subject: Subject) -> bool:
    """Whether the function takes its arguments and gives finite numbers."""
    try:
        with torch.no_grad():
            return all(bool(output.isfinite().all()) for output in subject(*subject.points))
    except Exception:
        return False  # it refuses such arguments

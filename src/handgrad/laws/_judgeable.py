"""Before anything is judged: can the function be called at all?"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree

from handgrad.laws._case import Case
from handgrad.laws._finding import NotApplicableError
from handgrad.laws._module_state import ModuleState
from handgrad.laws._name import name_of
from handgrad.laws._subject import Subject
from handgrad.laws._time_limit import TimeLimitError, time_limit
from handgrad.laws._trial import TIME_LIMIT

NO_GPU = ("CUDA", "cuda", "HIP", "NVIDIA", "Triton", "No HIP GPUs", "0 active drivers")


class CallError(ValueError):
    """A function cannot be judged: it cannot be called with the arguments, or returns nothing that has a gradient."""


def judgeable(
    fn: Callable[..., Any], oracle: Callable[..., Any] | None, case: Case, seed: int, seconds: float | None = None
) -> Subject:
    """The subject, after one call of the function with copies of the arguments.

    Raises:
        CallError: a sentence: no argument has a gradient, the call raises, does not end within ``seconds`` (None: `TIME_LIMIT`), or
            returns no floating-point tensor.
    """
    limit = TIME_LIMIT if seconds is None else seconds
    given = f"it was given {_described(case)}."
    try:
        with warnings.catch_warnings(), ModuleState(fn).restored(), time_limit(limit):
            warnings.simplefilter("ignore")
            result = _called(fn, case)
            if any(map(_is_floating, _leaves(case))) and not any(map(_is_floating, pytree.tree_leaves(result))):
                raise CallError(f"{name_of(fn)} must return a floating-point tensor, or several; {given}")
            return Subject.of(fn, oracle, case, seed)
    except NotApplicableError as reason:
        raise CallError(f"{name_of(fn)}: {reason}; {given}") from reason
    except TimeLimitError:
        raise CallError(f"{name_of(fn)} did not return within {limit:g} s; {given}") from None


def _called(fn: Callable[..., Any], case: Case) -> Any:
    """What the function returns for copies of the arguments that record, as the laws will call it."""
    every = not any(_is_floating(leaf) and leaf.requires_grad for leaf in _leaves(case))

    def copy(tensor: Tensor) -> Tensor:
        fresh = tensor.detach().clone()
        return fresh.requires_grad_().clone() if _is_floating(tensor) and (every or tensor.requires_grad) else fresh

    args, kwargs = pytree.tree_map_only(Tensor, copy, (tuple(case.args), dict(case.kwargs)))
    try:
        return fn(*args, **kwargs)
    except (Exception, SystemExit) as error:
        raise CallError(f"{name_of(fn)} {_refusal(error)}; it was given {_described(case)}.") from error


def _leaves(case: Case) -> list[Any]:
    return pytree.tree_leaves((tuple(case.args), dict(case.kwargs)))


def _is_floating(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.is_floating_point()


def _refusal(error: BaseException) -> str:
    words = f"{type(error).__name__}: {str(error).strip()}".partition("\n")[0].removesuffix(": ")
    if any(word in str(error) for word in NO_GPU):
        return f"needs a GPU that is not here, or arguments that are on it: it raised {words}"
    return f"cannot be called with these arguments: it raised {words}"


def _described(case: Case) -> str:
    """The arguments in a few words: ``float32 (3, 4), 1``."""
    words = [
        f"{str(leaf.dtype).removeprefix('torch.')} {tuple(leaf.shape)}" if isinstance(leaf, Tensor) else repr(leaf)[:40]
        for leaf in _leaves(case)
    ]
    return ", ".join(words) or "nothing"

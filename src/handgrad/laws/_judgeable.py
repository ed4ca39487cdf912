"""Before anything is judged: can the function be called at all?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from handgrad.laws._case import Case
from handgrad.laws._finding import NotApplicableError
from handgrad.laws._name import name_of
from handgrad.laws._subject import Subject

NO_GPU = ("CUDA", "cuda", "HIP", "NVIDIA", "Triton", "No HIP GPUs", "0 active drivers")


class CallError(ValueError):
    """A function cannot be judged: it cannot be called with the arguments, or returns nothing that has a gradient."""


def judgeable(fn: Callable[..., Any], oracle: Callable[..., Any] | None, case: Case, seed: int) -> Subject:
    """The subject, after one call of the function with copies of the arguments.

    Raises:
        CallError: a sentence: no argument has a gradient, the call raises, or returns no floating-point tensor.
    """
    try:
        subject = Subject.of(fn, oracle, case, seed)
    except NotApplicableError as reason:
        raise CallError(f"{name_of(fn)}: {reason}; it was given {_described(case)}.") from reason
    args, kwargs = pytree.tree_map_only(Tensor, torch.clone, subject.everything(*subject.leaves()))
    try:
        result = fn(*args, **kwargs)
    except Exception as error:
        raise CallError(f"{name_of(fn)} {_refusal(error)}; it was given {_described(case)}.") from error
    if not any(isinstance(leaf, Tensor) and leaf.is_floating_point() for leaf in pytree.tree_leaves(result)):
        raise CallError(
            f"{name_of(fn)} must return a floating-point tensor, or several; it was given {_described(case)}."
        )
    return subject


def _refusal(error: Exception) -> str:
    words = f"{type(error).__name__}: {str(error).strip()}".partition("\n")[0].removesuffix(": ")
    if any(word in str(error) for word in NO_GPU):
        return f"needs a GPU that is not here, or arguments that are on it: it raised {words}"
    return f"cannot be called with these arguments: it raised {words}"


def _described(case: Case) -> str:
    """The arguments in a few words: ``float32 (3, 4), 1``."""
    leaves = pytree.tree_leaves((case.args, dict(case.kwargs)))
    words = [
        f"{str(leaf.dtype).removeprefix('torch.')} {tuple(leaf.shape)}" if isinstance(leaf, Tensor) else repr(leaf)[:40]
        for leaf in leaves
    ]
    return ", ".join(words) or "nothing"

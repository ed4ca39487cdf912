from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from handgrad import laws
from handgrad.laws import CallError


def needs_two(x: Tensor, weight: Tensor) -> Tensor:
    return x * weight


def returns_nothing(x: Tensor) -> None:
    pass


def needs_cuda(x: Tensor) -> Tensor:
    raise RuntimeError("expected a CUDA tensor\nbut got a tensor on the CPU")


def refuses(x: Tensor) -> Tensor:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (
            needs_two,
            "needs_two cannot be called with these arguments: it raised TypeError: needs_two() missing 1 required",
        ),
        (
            returns_nothing,
            "returns_nothing must return a floating-point tensor, or several; it was given float32 (3,).",
        ),
        (torch.argmax, "argmax must return a floating-point tensor"),
        (
            needs_cuda,
            "needs_cuda needs a GPU that is not here, or arguments that are on it: it raised RuntimeError: expe",
        ),
        (refuses, "refuses cannot be called with these arguments: it raised NotImplementedError; it was given"),
    ],
)
def test_what_cannot_be_judged_is_answered_in_a_sentence(fn: Callable[..., Tensor], words: str) -> None:
    with pytest.raises(CallError) as caught:
        laws.check(fn, torch.ones(3))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_a_floating_point_argument_there_is_nothing_to_judge() -> None:
    with pytest.raises(CallError, match=r"needs_two: no argument is a floating-point tensor.*given int64 \(2,\), 3"):
        laws.check(needs_two, [torch.arange(2), 3])


def test_the_call_leaves_the_arguments_alone() -> None:
    x = torch.ones(3, dtype=torch.float64)
    laws.check(lambda x: x.mul_(2).clone(), x, laws=[])
    assert torch.equal(x, torch.ones(3, dtype=torch.float64))


def hangs(x: Tensor) -> Tensor:
    while True:
        time.sleep(0.01)


def test_a_function_that_hangs_is_stopped() -> None:
    with pytest.raises(CallError, match=r"hangs did not return within 0\.2 s; it was given float32 \(3,\)\."):
        laws.check(hangs, torch.ones(3), time_limit=0.2)


def test_warnings_of_the_function_are_its_own_business() -> None:
    def warns(x: Tensor) -> Tensor:
        warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
        return 2 * x

    assert laws.check(warns, torch.ones(3), laws=["vjp"]).lawful

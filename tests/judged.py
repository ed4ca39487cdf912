"""One law on one function, for the tests of the laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import Function

from handgrad.laws import LAWS, Case, Verdict
from handgrad.laws._subject import Subject
from handgrad.laws._trial import try_law

BY_NAME = {law.name: law for law in LAWS}


def judge(law: str, fn: Callable[..., Any], *args: Any, oracle: Callable[..., Any] | None = None) -> Verdict:
    """The verdict of one law; where an older torch cannot do at all what it is about, the test is skipped."""
    verdict = try_law(BY_NAME[law], Subject.of(fn, oracle, Case(args)))
    if verdict.sentence.startswith("this version of torch"):
        pytest.skip(verdict.sentence)
    return verdict


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Normal numbers in float64."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class Product(Function):
    """``x · w`` with ``w`` broadcast over the rows, right in every respect; the tests spoil one each."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, w: Tensor) -> Tensor:
        return x * w

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        x, w = ctx.saved_tensors
        grad_w = grad_y * x
        return (
            grad_y * w if ctx.needs_input_grad[0] else None,
            grad_w.sum_to_size(w.shape) if ctx.needs_input_grad[1] else None,
        )

    @staticmethod
    def jvp(ctx: Any, tangent_x: Tensor, tangent_w: Tensor) -> Tensor:
        x, w = ctx.saved_tensors
        return tangent_x * w + x * tangent_w


def another_in_another_process(x: Tensor) -> Tensor:
    """Twice ``x``; where there is a process group, three times. (Here, for another process can import it from here.)"""
    return x * (3 if torch.distributed.is_initialized() else 2)

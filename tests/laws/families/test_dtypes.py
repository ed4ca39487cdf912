"""Dtypes and autocast: what a low precision explains is accepted, and nothing else."""

from __future__ import annotations

import pytest
import torch
from torch.autograd import Function

from handgrad.laws import Status
from judged import Product, judge, numbers
from laws.wrong.surroundings import (
    BackwardDependsOnWhereItRuns,
    CastsToTheFirst,
    NotUnderAutocast,
    SaysFloat32,
    wrong_in,
)

DTYPES = ["float64", "float32", "bfloat16", "float16"]
AUTOCAST = ["autocast_inside", "autocast_outside", "autocast_off", "autocast_func"]
ARGUMENTS = (numbers(4, 3), numbers(3, seed=1))


class RoundsToBfloat16(Product):
    @staticmethod
    def backward(ctx, grad_y):
        return Product.backward(ctx, grad_y.to(torch.bfloat16).to(grad_y.dtype))


class Refuses(Product):
    @staticmethod
    def forward(x, w):
        if x.dtype == torch.float16:
            raise TypeError("float16 is not supported")
        return x * w


@pytest.mark.parametrize("law", DTYPES)
def test_a_right_rule_holds_in_every_dtype(law: str) -> None:
    assert judge(law, Product.apply, *ARGUMENTS).status is Status.HOLDS


@pytest.mark.parametrize("law", ["float32", "bfloat16", "float16"])
def test_a_rule_that_is_wrong_in_one_dtype_is_caught_there_only(law: str) -> None:
    rule = wrong_in(getattr(torch, law))
    broken = [name for name in DTYPES if judge(name, rule.apply, *ARGUMENTS).status is Status.BROKEN]
    assert broken == [law]


def test_a_gradient_of_too_few_digits_is_caught_where_more_are_due() -> None:
    broken = [name for name in DTYPES[1:] if judge(name, RoundsToBfloat16.apply, *ARGUMENTS).status is Status.BROKEN]
    assert broken == []  # in float64 it is as wrong, and the laws of derivatives say so
    rule = type(
        "Rounds", (Function,), {"forward": staticmethod(lambda ctx, x: x * 1), "backward": staticmethod(_rounded)}
    )
    assert judge("float32", rule.apply, numbers(4, 3)).status is Status.BROKEN


def _rounded(ctx, grad_y):
    return grad_y.to(torch.bfloat16).to(grad_y.dtype) if grad_y.dtype == torch.float32 else grad_y


def test_a_dtype_may_be_refused() -> None:
    verdict = judge("float16", Refuses.apply, *ARGUMENTS)
    assert (verdict.status, verdict.sentence) == (
        Status.NOT_OFFERED,
        "it refuses float16: float16 is not supported",
    )


def test_another_dtype_than_the_oracle_s_is_caught() -> None:
    assert judge("bfloat16", SaysFloat32.apply, *ARGUMENTS, oracle=torch.mul).status is Status.BROKEN
    assert "float32" in judge("bfloat16", SaysFloat32.apply, *ARGUMENTS).sentence


def test_mixed_dtypes_get_their_own_back() -> None:
    assert judge("mixed_dtypes", torch.mul, *ARGUMENTS).status is Status.HOLDS
    verdict = judge("mixed_dtypes", CastsToTheFirst.apply, *ARGUMENTS)
    assert verdict.status is Status.BROKEN
    assert "CastsToTheFirst" in verdict.sentence


class HalvedUnderAutocast(Product):
    @staticmethod
    def forward(x, w):
        return x * w * (0.5 if torch.is_autocast_enabled("cpu") else 1)


@pytest.mark.parametrize("law", AUTOCAST)
def test_a_right_function_holds_under_autocast(law: str) -> None:
    assert judge(law, Product.apply, *ARGUMENTS).status is Status.HOLDS
    assert judge(law, torch.nn.functional.linear, numbers(4, 3), numbers(2, 3)).status is Status.HOLDS


def test_a_product_of_two_dtypes_in_backward_is_caught() -> None:
    verdict = judge("autocast_outside", NotUnderAutocast.apply, numbers(4, 3), numbers(3, 2))
    assert verdict.status is Status.BROKEN
    assert "dtype" in verdict.sentence


def test_another_value_under_autocast_is_caught() -> None:
    for law in ("autocast_inside", "autocast_outside", "autocast_func"):
        assert judge(law, HalvedUnderAutocast.apply, *ARGUMENTS).status is Status.BROKEN


def test_a_backward_that_depends_on_where_it_runs_is_caught_inside_only() -> None:
    assert judge("autocast_inside", BackwardDependsOnWhereItRuns.apply, *ARGUMENTS).status is Status.BROKEN
    assert judge("autocast_outside", BackwardDependsOnWhereItRuns.apply, *ARGUMENTS).status is Status.HOLDS

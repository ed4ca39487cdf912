"""Arguments: subsets, one tensor for two, calls that overlap; and what a rule itself returns."""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch

from handgrad.laws import Status
from judged import Product, judge, numbers

SAME = (numbers(4, 3), numbers(4, 3, seed=1))


class OnlyBoth(Product):
    @staticmethod
    def backward(ctx, grad_y):
        scale = 1 if all(ctx.needs_input_grad) else 2
        return Product.backward(ctx, scale * grad_y)


class ForgetsTheSecondUse(Product):
    @staticmethod
    def backward(ctx, grad_y):
        x, w = ctx.saved_tensors
        grad_x, grad_w = Product.backward(ctx, grad_y)
        return grad_x, grad_w * (0 if x.data_ptr() == w.data_ptr() else 1)


class KeepsOnTheClass(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        KeepsOnTheClass.x = x
        return x.square()

    @staticmethod
    def backward(ctx, grad_y):
        return 2 * KeepsOnTheClass.x * grad_y


class RunsOnce(torch.autograd.Function):
    seen: ClassVar[set[int]] = set()

    @staticmethod
    def forward(ctx, x):
        ctx.twice = x.data_ptr() in RunsOnce.seen
        RunsOnce.seen.add(x.data_ptr())
        return 2 * x

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y if ctx.twice else 2 * grad_y


class NotSummed(Product):
    @staticmethod
    def backward(ctx, grad_y):
        x, w = ctx.saved_tensors
        return grad_y * w, grad_y * x


class Narrowed(Product):
    @staticmethod
    def backward(ctx, grad_y):
        grad_x, grad_w = Product.backward(ctx, grad_y)
        return grad_x, grad_w.float() if grad_w is not None else None


class ComputesAll(Product):
    @staticmethod
    def backward(ctx, grad_y):
        x, w = ctx.saved_tensors
        return grad_y * w, (grad_y * x).sum_to_size(w.shape)


@pytest.mark.parametrize(
    "law", ["subsets", "same_tensor", "used_twice", "overlapping_calls", "rule_shapes", "rule_needed"]
)
def test_a_right_rule_holds(law: str) -> None:
    assert judge(law, Product.apply, *SAME).status is Status.HOLDS


@pytest.mark.parametrize(
    ("law", "rule", "arguments"),
    [
        ("subsets", OnlyBoth, SAME),
        ("same_tensor", ForgetsTheSecondUse, SAME),
        ("used_twice", RunsOnce, SAME[:1]),
        ("overlapping_calls", KeepsOnTheClass, SAME[:1]),
        ("rule_shapes", NotSummed, (numbers(4, 3), numbers(3))),
        ("rule_dtypes", Narrowed, (numbers(4, 3), numbers(3))),
    ],
)
def test_what_breaks_it_is_caught(law: str, rule: type[torch.autograd.Function], arguments: tuple) -> None:
    verdict = judge(law, rule.apply, *arguments)
    assert verdict.status is Status.BROKEN, verdict


def test_a_rule_that_computes_what_nobody_needs_is_not_wrong_but_does_not_offer_it() -> None:
    verdict = judge("rule_needed", ComputesAll.apply, *SAME)
    assert verdict.status is Status.NOT_OFFERED
    assert "needs_input_grad" in verdict.sentence


def test_a_gradient_that_the_engine_would_sum_is_named_with_both_shapes() -> None:
    verdict = judge("rule_shapes", NotSummed.apply, numbers(4, 3), numbers(3))
    assert "NotSummed" in verdict.sentence
    assert (verdict.evidence[0].expected, verdict.evidence[0].got) == ("(3,)", "(4, 3)")


def test_rules_inside_of_other_operations_are_found() -> None:
    assert (
        judge("rule_shapes", lambda x, w: NotSummed.apply(x, w).exp().sum(), *SAME[:1], numbers(3)).status
        is Status.BROKEN
    )


def test_torch_s_own_rules_are_not_looked_into() -> None:
    assert judge("rule_shapes", torch.mul, *SAME).status is Status.NOT_APPLICABLE

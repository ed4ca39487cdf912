"""Saved: stashes, leaks and cycles are caught; what is saved is said."""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch

from handgrad.laws import Status
from judged import Product, judge, numbers

LAWS = ["nothing_saved", "saved_by_torch", "leak", "cycle"]


class Stashes(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x.square()

    @staticmethod
    def backward(ctx, grad_y):
        return 2 * ctx.x * grad_y


class Cycle(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.y = x.exp()
        return ctx.y

    @staticmethod
    def backward(ctx, grad_y):
        return ctx.y * grad_y


class Cache(Product):
    kept: ClassVar[list[torch.Tensor]] = []

    @staticmethod
    def forward(x, w):
        Cache.kept.append(x)
        return Product.forward(x, w)


def saves_always(x: torch.Tensor) -> torch.Tensor:
    with torch.enable_grad():
        return (x.detach().requires_grad_().square() + x - x.detach()).detach() * x / x


@pytest.mark.parametrize("law", LAWS)
def test_a_right_rule_holds(law: str) -> None:
    assert judge(law, Product.apply, numbers(4, 3), numbers(3, seed=1)).status is Status.HOLDS


def test_a_stashed_input_is_caught() -> None:
    verdict = judge("saved_by_torch", Stashes.apply, numbers(4, 3))
    assert verdict.status is Status.BROKEN
    assert "save_for_backward" in verdict.sentence


@pytest.mark.parametrize("law", ["leak", "cycle"])
def test_a_stashed_output_is_a_cycle(law: str) -> None:
    verdict = judge(law, Cycle.apply, numbers(4, 3))
    assert verdict.status is Status.BROKEN
    assert "the output" in verdict.sentence


@pytest.mark.parametrize("law", ["leak", "cycle"])
def test_a_cache_is_a_leak(law: str) -> None:
    assert judge(law, Cache.apply, numbers(4, 3), numbers(3)).status is Status.BROKEN


def test_what_is_saved_where_nothing_needs_a_gradient_is_caught() -> None:
    assert judge("nothing_saved", saves_always, numbers(4, 3)).status is Status.BROKEN


def test_the_account_of_what_is_saved() -> None:
    sentence = judge("nothing_saved", Product.apply, numbers(4, 3), numbers(3)).sentence
    assert sentence == "2 saved, 120 bytes: x, w"
    assert judge("nothing_saved", torch.sigmoid, numbers(4, 3)).sentence == "1 saved, 96 bytes: the output"
    assert judge("nothing_saved", torch.add, numbers(3), numbers(3)).sentence == "nothing is saved"

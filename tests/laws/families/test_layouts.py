"""Layouts: a rule that reads memory instead of numbers is caught, for every way in which a tensor may lie."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from handgrad.laws import Status
from judged import Product, judge, numbers

INPUTS = ["inputs_transposed", "inputs_strided", "inputs_narrowed", "inputs_offset", "inputs_expanded"]
UPSTREAM = ["upstream_transposed", "upstream_strided", "upstream_narrowed", "upstream_offset", "upstream_expanded"]


class ReadsInputsAsContiguous(Product):
    """Like a kernel that is given the address of the storage."""

    @staticmethod
    def forward(x: Tensor, w: Tensor) -> Tensor:
        flat = torch.as_strided(x, (min(x.numel(), x.untyped_storage().size() // 8),), (1,), 0)
        return flat.repeat(x.numel())[: x.numel()].reshape(x.shape) * w


class ReadsUpstreamAsContiguous(Product):
    @staticmethod
    def backward(ctx, grad_y):
        flat = torch.as_strided(grad_y, (min(grad_y.numel(), grad_y.untyped_storage().size() // 8),), (1,), 0)
        return Product.backward(ctx, flat.repeat(grad_y.numel())[: grad_y.numel()].reshape(grad_y.shape))


class ViewsUpstream(Product):
    @staticmethod
    def backward(ctx, grad_y):
        return Product.backward(ctx, grad_y.view(-1).reshape(grad_y.shape))


@pytest.mark.parametrize("law", [*INPUTS, *UPSTREAM])
def test_a_right_rule_holds(law: str) -> None:
    assert judge(law, Product.apply, numbers(4, 3), numbers(3, seed=1)).status is Status.HOLDS


@pytest.mark.parametrize("law", INPUTS)
def test_inputs_read_as_contiguous_are_caught(law: str) -> None:
    verdict = judge(law, ReadsInputsAsContiguous.apply, numbers(4, 3), numbers(3, seed=1))
    assert verdict.status is Status.BROKEN
    assert law.partition("_")[2] in verdict.sentence


@pytest.mark.parametrize("law", UPSTREAM)
def test_an_upstream_gradient_read_as_contiguous_is_caught(law: str) -> None:
    verdict = judge(law, ReadsUpstreamAsContiguous.apply, numbers(4, 3), numbers(3, seed=1))
    assert verdict.status is Status.BROKEN
    assert law.partition("_")[2] in verdict.sentence


def test_a_view_of_the_upstream_gradient_is_caught() -> None:
    verdict = judge("upstream_transposed", ViewsUpstream.apply, numbers(4, 3), numbers(3, seed=1))
    assert verdict.status is Status.BROKEN
    assert "view" in verdict.sentence


def test_layouts_say_nothing_about_a_function_that_draws() -> None:
    verdict = judge("inputs_transposed", lambda x: torch.dropout(x, 0.5, True), numbers(4, 3))
    assert verdict.status is Status.NOT_APPLICABLE


def test_a_gradient_that_cancels_is_no_alarm() -> None:
    """Softmax sums to 1, so all that is left of its gradient is rounding."""
    for law in [*INPUTS, *UPSTREAM]:
        assert judge(law, lambda x: x.softmax(1).sum(), numbers(4, 3)).status is Status.HOLDS

"""Layouts: a rule that reads memory instead of numbers is caught, for every way in which a tensor may lie."""

from __future__ import annotations

import pytest
import torch

from handgrad.laws import LAWS, Status
from judged import Product, judge, numbers
from laws.wrong import WRONG

ALL = [law.name for law in LAWS if law.family == "layouts"]


class ViewsUpstream(Product):
    @staticmethod
    def backward(ctx, grad_y):
        return Product.backward(ctx, grad_y.view(-1).reshape(grad_y.shape))


@pytest.mark.parametrize("law", ALL)
def test_the_sentence_names_the_layout(law: str) -> None:
    assert law.partition("_")[2] in judge(law, WRONG[law].fn, *WRONG[law].arguments).sentence


def test_a_view_of_the_upstream_gradient_is_caught() -> None:
    verdict = judge("upstream_transposed", ViewsUpstream.apply, numbers(4, 3), numbers(3, seed=1))
    assert verdict.status is Status.BROKEN
    assert "view" in verdict.sentence


def test_layouts_say_nothing_about_a_function_that_draws() -> None:
    verdict = judge("inputs_transposed", lambda x: torch.dropout(x, 0.5, True), numbers(4, 3))
    assert verdict.status is Status.NOT_APPLICABLE


def test_a_gradient_that_cancels_is_no_alarm() -> None:
    """Softmax sums to 1, so all that is left of its gradient is rounding."""
    for law in ALL:
        assert judge(law, lambda x: x.softmax(1).sum(), numbers(4, 3)).status is Status.HOLDS

"""Compilers, export and processes: what is another function there is caught; what cannot be compiled is not offered."""

from __future__ import annotations

import pytest
import torch

from handgrad.laws import Status
from judged import Product, judge, numbers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning"),  # torch itself
]


def test_a_function_that_cannot_be_one_graph_does_not_offer_it() -> None:
    verdict = judge("compiled_eager", lambda x: x if x.sum() > 0 else 2 * x, numbers(4, 3))
    assert verdict.status is Status.NOT_OFFERED
    assert "torch.compile" in verdict.sentence


def test_a_compiled_module_is_judged_with_its_parameters() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).double()
    assert judge("compiled_aot_eager", module, numbers(4, 3)).status is Status.HOLDS


def test_the_rule_of_a_function_is_compiled() -> None:
    assert judge("compiled_aot_eager", Product.apply, numbers(4, 3), numbers(3)).status in (
        Status.HOLDS,
        Status.NOT_OFFERED,  # torch 2.13 refuses a Function that has a jvp
    )

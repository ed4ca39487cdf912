"""Shapes: an empty batch, and broadcast inputs."""

from __future__ import annotations

import torch

from handgrad.laws import Status
from judged import Product, judge, numbers


def test_a_function_may_refuse_an_empty_batch() -> None:
    verdict = judge("empty_batch", lambda x: x.amax((0, 1)) * x, numbers(4, 3))
    assert verdict.status is Status.NOT_OFFERED
    assert "empty batch" in verdict.sentence


def test_but_not_where_its_oracle_takes_it() -> None:
    def refuses(x: torch.Tensor) -> torch.Tensor:
        return 2 * x if len(x) else x[0]

    assert judge("empty_batch", refuses, numbers(4, 3), oracle=lambda x: 2 * x).status is Status.BROKEN


def test_a_matrix_product_has_no_batch_in_both() -> None:
    assert judge("empty_batch", torch.mm, numbers(3, 3), numbers(3, 3, seed=1)).status is Status.HOLDS
    assert judge("empty_batch", torch.linalg.inv, numbers(3, 3)).status is Status.NOT_APPLICABLE


def test_broadcasting_is_found_and_judged() -> None:
    verdict = judge("broadcasting", Product.apply, numbers(4, 3), numbers(4, 3, seed=1))
    assert verdict.status is Status.HOLDS
    assert "broadcasts" in verdict.sentence


def test_a_function_that_does_not_broadcast_says_so() -> None:
    assert judge("broadcasting", torch.mm, numbers(4, 3), numbers(3, 2)).status is Status.NOT_APPLICABLE

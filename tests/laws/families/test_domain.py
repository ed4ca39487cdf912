"""Functions whose domain ends, that draw, or that return views: what the laws must not take for a mistake."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from handgrad import laws
from handgrad.laws import Status

GENERATOR = torch.Generator().manual_seed(0)


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=GENERATOR)


def logarithm(x: Tensor) -> Tensor:
    """Refuses what has no logarithm."""
    if bool((x < 0).any()):
        raise ValueError("x must not be negative")
    return torch.log1p(x)


class WrongLogarithm(torch.autograd.Function):
    """The same with a wrong gradient."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return logarithm(x)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y / x


def tape_in_spite_of_no_grad(x: Tensor) -> Tensor:
    with torch.enable_grad():
        return x * x


def test_a_function_may_refuse_arguments_beside_the_given_ones() -> None:
    report = laws.check(logarithm, drawn(3, 4).abs(), laws=["kinks", "saturation", "vjp"])
    assert not report.broken, str(report)
    assert report.verdicts["vjp"].status is Status.HOLDS


def test_a_wrong_gradient_is_found_in_spite_of_refusals() -> None:
    assert "vjp" in laws.check(WrongLogarithm.apply, drawn(3, 4).abs(), laws=["vjp"]).broken


@pytest.mark.parametrize("law", ["inputs_transposed", "wrapper_subclass", "func_linearize", "func_threads"])
def test_a_function_that_draws_cannot_be_judged_by_other_draws(law: str) -> None:
    report = laws.check(torch.nn.functional.dropout, drawn(3, 4), laws=[law])
    assert report.verdicts[law].status is Status.NOT_APPLICABLE


def test_a_view_may_require_a_gradient_under_no_grad_and_nothing_else() -> None:
    chosen = ["no_grad", "accumulation"]
    assert not laws.check(torch.flatten, drawn(3, 4), laws=chosen).broken
    assert "no_grad" in laws.check(tape_in_spite_of_no_grad, drawn(3, 4), laws=chosen).broken


def test_a_gradient_that_is_a_zero_tensor_shares_no_memory() -> None:
    assert laws.check(torch.sgn, drawn(3), laws=["own_memory"]).verdicts["own_memory"].status is Status.HOLDS


def test_rows_that_are_outputs_are_no_batch() -> None:
    assert not laws.check(torch.unbind, drawn(2, 3), laws=["shapes"]).broken


def test_a_second_derivative_that_is_zero_but_for_rounding_is_symmetric() -> None:
    assert not laws.check(torch.copysign, [drawn(3, 4), drawn(3, 4)], laws=["second_symmetric"]).broken
    assert not laws.check(torch.std, drawn(3, 4), laws=["vmap_grad_grad", "grad_vmap_grad"]).broken


def test_a_singular_matrix_made_by_expanding_is_not_judged() -> None:
    matrix = drawn(3, 3) + 3 * torch.eye(3, dtype=torch.float64)
    assert not laws.check(torch.linalg.inv, matrix, laws=["inputs_expanded", "kink_ties", "saturation"]).broken

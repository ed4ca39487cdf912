"""How large the terms of a derivative are, and that laws without a step allow what rounding leaves of them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from handgrad import laws
from handgrad.laws._terms import terms_of, terms_of_tangents

WITHOUT_A_STEP = (
    "vjp_linear", "vjp_batched", "jvp_linear", "adjoint", "vmap_subsets", "vmap_grad", "vmap_vmap_grad", "grad_vmap",
    "backward_vmap", "vmap_vjp", "vmap_jvp", "jvp_vmap",
)  # fmt: skip


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_the_terms_of_a_linear_function_are_its_gradient_and_its_tangent(scale: float) -> None:
    x, grad_y, tangent = torch.tensor([0.5, -2.0, 3.0]), torch.tensor([2.0, -2.0, 2.0]), torch.ones(3)
    y = scale * x
    assert terms_of([y], [grad_y], [x]) == pytest.approx([2 * scale])
    assert terms_of_tangents([y], [x], [tangent]) == pytest.approx([3 * scale * 3 / 5.5])


def test_a_number_without_a_size_counts_as_one() -> None:
    y, zeros = torch.tensor([3.0, 5.0]), torch.zeros(2)
    assert terms_of([y], [torch.ones(2)], [zeros]) == [4.0]
    assert terms_of_tangents([y], [zeros], [torch.ones(2)]) == [5.0]


def test_what_is_not_finite_and_what_is_empty_has_no_terms() -> None:
    y = torch.tensor([torch.inf, torch.nan, 2.0])
    assert terms_of([y], [torch.ones(3)], [torch.ones(2), torch.ones(0)]) == [1.0, 0.0]


@pytest.mark.parametrize("seed", range(3))
def test_a_gradient_of_which_all_terms_cancel_may_be_rounding(seed: int) -> None:
    x = 4 * torch.rand(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) - 2
    report = laws.check(lambda x: F.layer_norm(x, (2,)), x, laws=WITHOUT_A_STEP, seed=seed)
    assert report.lawful, str(report)


class NearlyConstant(torch.autograd.Function):
    """1 + 10⁻⁸ x, with a tangent that is a thousandth too large."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return 1 + 1e-8 * x

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        pass

    @staticmethod
    def backward(ctx, grad_y: Tensor) -> Tensor:
        return 1e-8 * grad_y

    @staticmethod
    def jvp(ctx, tangent: Tensor) -> Tensor:
        return 1.001e-8 * tangent


def test_a_small_derivative_is_judged_all_the_same() -> None:
    x = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    assert laws.check(NearlyConstant.apply, x, laws=WITHOUT_A_STEP).broken == ["adjoint"]

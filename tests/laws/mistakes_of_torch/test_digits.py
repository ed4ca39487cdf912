"""Digits that torch loses."""

from __future__ import annotations

import mpmath
import pytest
import torch
from torch import Tensor, linalg
from torch.nn import functional as F

from laws.mistakes_of_torch.computed import WIDE, drawn, slope


@pytest.mark.parametrize(
    ("function", "at", "right"),
    [
        (torch.sigmoid, 17.0, 4.139937e-08),
        (torch.special.expit, 17.0, 4.139937e-08),
        (torch.tanh, 10.0, 8.244614e-09),
        (torch.expm1, -17.0, 4.139937e-08),
    ],
)
def test_a_saturated_gradient_is_lost(function, at: float, right: float) -> None:
    x = torch.tensor(at)
    assert slope(function, x)[0] == 0
    assert float(slope(function, x.double())[0]) == pytest.approx(right, rel=1e-5)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_the_tail_of_gelu_cancels(approximate: str) -> None:
    x = torch.tensor(-5.0)
    wrong, right = (float(slope(lambda x: F.gelu(x, approximate=approximate), point)[0]) for point in (x, x.double()))
    assert abs(wrong / right - 1) > 1e-3


def test_the_slope_of_erfcx_cancels() -> None:
    with mpmath.workdps(60):
        x = mpmath.mpf(50)
        right = float(2 * x * mpmath.exp(x**2) * mpmath.erfc(x) - 2 / mpmath.sqrt(mpmath.pi))
    assert float(slope(torch.special.erfcx, torch.tensor(50.0, dtype=WIDE))[0]) == pytest.approx(right, rel=1e-9)
    assert float(slope(torch.special.erfcx, torch.tensor(50.0))[0]) != pytest.approx(right, rel=1e-4)


def test_the_normalisation_of_two_numbers_loses_its_gradient() -> None:
    x, grad_y, eps = torch.tensor([1.5, -0.75]), torch.tensor([1.0, -0.3]), 1e-5
    half = (x[0] - x[1]) / 2  # y = ±half / √(half² + eps)
    by_hand = float((grad_y[0] - grad_y[1]) / 2 * eps / (half**2 + eps) ** 1.5)
    wide = float(slope(lambda x: F.layer_norm(x, (2,)) * grad_y.double(), x.double())[0][0])
    assert by_hand == pytest.approx(wide, rel=1e-6)
    assert float(slope(lambda x: F.layer_norm(x, (2,)) * grad_y, x)[0][0]) != pytest.approx(wide, rel=1e-3)


def test_the_normalisation_of_large_numbers_loses_its_gradient() -> None:
    x, grad_y, eps = torch.tensor([1e5, 1e5]), torch.tensor([1.0, -0.3]), 1e-5
    deviation = x - x.mean()
    assert bool((deviation == 0).all())  # so the gradient is that of deviation / √eps, and nothing is rounded
    right = ((grad_y - grad_y.mean()) / eps**0.5).tolist()
    assert slope(lambda x: F.layer_norm(x, (2,)) * grad_y.double(), x.double())[0].tolist() == pytest.approx(right)
    assert slope(lambda x: F.layer_norm(x, (2,)) * grad_y, x)[0].tolist() != pytest.approx(right, rel=0.1)


def test_the_weights_of_attention_do_not_add_up_to_one() -> None:
    query, key = (torch.full((1, 1, 2, 2), 4950.0) for _ in range(2))
    value, grad_y = torch.tensor([[[[1.0, 2], [3, 4]]]]), torch.tensor([[[[1.0, 0.5], [-0.3, 0.7]]]])

    def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value) * grad_y

    assert torch.equal(attention(query, key, value), torch.tensor([2.0, 3.0]) * grad_y)  # the mean of both values
    grad_value = slope(attention, query, key, value)[2]
    assert torch.allclose(grad_value, grad_y.sum(2, keepdim=True))  # of either value; half of it is right


def test_a_sixth_is_known_in_float32_only() -> None:
    got = float(slope(F.hardsigmoid, torch.tensor(0.5, dtype=WIDE))[0])
    assert got == float(torch.tensor(1 / 6, dtype=torch.float32))


def test_matrix_exp_loses_digits() -> None:
    matrix, weights = drawn(3, 3).requires_grad_(), drawn(3, 3)
    y = linalg.matrix_exp(matrix)
    one, other = (
        torch.autograd.grad(y, matrix, factor * weights, retain_graph=True)[0] / factor for factor in (1.0, 2.0**40)
    )
    assert float((one - other).abs().max() / one.abs().max()) > 1e-6
    for half in (torch.bfloat16, torch.float16):
        assert linalg.matrix_exp(matrix.detach().to(half)).isnan().any()

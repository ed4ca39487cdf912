"""Numbers that torch gives where there are none, or others."""

from __future__ import annotations

import torch
from torch import Tensor, linalg

from laws.mistakes_of_torch.computed import WIDE, drawn, slope


def test_there_is_nan_where_hypot_and_xlogy_have_zeros() -> None:
    zero = torch.zeros((), dtype=WIDE)
    assert all(grad.isnan() for grad in slope(torch.hypot, zero, zero))
    assert slope(torch.xlogy, zero, zero)[1].isnan()


def test_a_pole_of_polygamma_has_a_finite_value() -> None:
    pole = torch.tensor(-1.0, dtype=WIDE)
    assert torch.polygamma(1, pole).isfinite()


def test_a_singular_matrix_has_no_adjugate() -> None:
    matrix = drawn(3, 3)
    matrix[:, 1] = matrix[:, 0]
    cofactor = matrix[1, 1] * matrix[2, 2] - matrix[1, 2] * matrix[2, 1]
    assert abs(float(cofactor)) > 0.01
    assert slope(linalg.det, matrix)[0][0, 0].abs() < 1e-12


def test_the_gradient_of_qr_is_arbitrary_for_dependent_columns() -> None:
    def size(matrix: Tensor) -> Tensor:
        return linalg.qr(matrix).R.abs()

    matrix = drawn(3, 3)
    assert torch.allclose(slope(size, 3 * matrix)[0], slope(size, matrix)[0])  # R of 3 A is 3 R
    matrix[:, 1] = matrix[:, 0]
    small, large = slope(size, matrix)[0], slope(size, 3 * matrix)[0]
    assert bool(small.isfinite().all())
    assert not torch.allclose(small, large)


def test_nan_is_hidden_in_logcumsumexp() -> None:
    x = drawn(4).requires_grad_()
    y = torch.logcumsumexp(x, 0)
    assert bool((torch.autograd.grad(y, x, torch.full_like(y, torch.nan))[0] == 0).all())

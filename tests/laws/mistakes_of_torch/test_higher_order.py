"""Second and third derivatives of torch that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor, linalg
from torch.nn import functional as F

from laws.mistakes_of_torch.computed import WIDE, drawn, nested


def normalised(normalise) -> Callable[[Tensor], Tensor]:
    return lambda x: normalise(x).pow(3).sum()


NORMALISATIONS = [
    normalised(lambda x: F.layer_norm(x, (3,))),
    normalised(lambda x: F.layer_norm(x[:, :2], (2,))),
    normalised(lambda x: F.batch_norm(x, None, None, training=True)),
    normalised(lambda x: F.instance_norm(x[None])),
]


@pytest.mark.parametrize(
    "function",
    [
        lambda a: linalg.slogdet(a)[1],
        torch.logdet,
        linalg.det,
        lambda a: linalg.solve(a, torch.ones(3, dtype=WIDE)).sum(),
        *NORMALISATIONS,
    ],
)
def test_forward_mode_in_forward_mode_is_wrong(function) -> None:
    matrix = drawn(3, 3) + 2 * torch.eye(3, dtype=WIDE)
    matrix[0] *= linalg.det(matrix).sign()
    right = torch.autograd.functional.hessian(function, matrix)
    wrong = torch.func.jacfwd(torch.func.jacfwd(function))(matrix)
    assert float((wrong - right).abs().max()) > 0.01


@pytest.mark.parametrize("function", NORMALISATIONS)
def test_the_third_derivative_of_a_normalisation_is_wrong(function) -> None:
    x, along, step = drawn(3, 3), drawn(3, 3, 3), 1e-4

    def second(x: Tensor) -> Tensor:
        (grad,) = torch.autograd.grad(function(x), x, create_graph=True)
        return (torch.autograd.grad((grad * along[0]).sum(), x, create_graph=True)[0] * along[1]).sum()

    above, below = (float(second((x + sign * step * along[2]).requires_grad_()).detach()) for sign in (1, -1))
    leaf = x.clone().requires_grad_()
    third = float((torch.autograd.grad(second(leaf), leaf)[0] * along[2]).sum())
    assert abs(third - (above - below) / (2 * step)) > 0.01


@pytest.mark.parametrize(
    "normalise",
    [
        lambda x, weight: F.layer_norm(x, (3,), weight),
        lambda x, weight: F.batch_norm(x, None, None, weight, training=True),
    ],
)
def test_the_hessian_of_a_normalisation_is_not_symmetric(normalise) -> None:
    x, weight, weights = drawn(2, 3), drawn(3), drawn(2, 3)
    hessian = torch.func.hessian(lambda x, weight: (normalise(x, weight) * weights).sum(), (0, 1))(x, weight)
    assert float((hessian[1][0] - hessian[0][1].permute(2, 0, 1)).abs().max()) > 0.01


def test_the_third_derivative_of_a_determinant_is_nan() -> None:
    matrix, tangents = drawn(3, 3), drawn(3, 3, 3)

    def by_hand(a: Tensor) -> Tensor:
        return (a[0] * linalg.cross(a[1], a[2])).sum()

    assert float(linalg.det(matrix)) == pytest.approx(float(by_hand(matrix)))
    assert nested("RRR", by_hand, tangents)(matrix).isfinite()
    assert nested("RRR", linalg.det, tangents)(matrix).isnan()


def test_the_third_derivative_of_eigenvalues_is_nan() -> None:
    weights, matrix, tangents = drawn(3), drawn(3, 3), drawn(3, 3, 3)

    def function(matrix: Tensor) -> Tensor:
        return (linalg.eigvalsh(matrix @ matrix.mT) * weights).sum()

    found = {
        "".join(word): float(nested("".join(word), function, tangents)(matrix)) for word in product("FR", repeat=3)
    }
    assert [word for word, value in found.items() if value != value] == ["RFF", "RFR"]
    others = [value for value in found.values() if value == value]
    assert others == pytest.approx([others[0]] * 6)

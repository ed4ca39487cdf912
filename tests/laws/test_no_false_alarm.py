"""The judge finds nothing wrong with torch's own functions but what is wrong with them."""

from __future__ import annotations

import pytest
import torch
from torch import linalg
from torch.nn import functional as F

from handgrad import laws
from laws.torch_functions import FUNCTIONS, Entry
from laws.torch_functions.mistakes import MISTAKES, UNEXPLAINED, expected_of

IN_FLOAT32 = ("reverse", "forward", "adjoint", "dtypes", "integrity")
"""Families for float32 inputs; torch's functions take float64, in which the others judge float32 inputs too."""

WIDE = torch.float64
GENERATOR = torch.Generator().manual_seed(0)

over_functions = pytest.mark.parametrize("entry", FUNCTIONS, ids=str)


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=WIDE, generator=GENERATOR)


def slope(function, *points: torch.Tensor) -> list[torch.Tensor]:
    leaves = [point.detach().clone().requires_grad_() for point in points]
    return list(torch.autograd.grad(function(*leaves).sum(), leaves))


def test_the_table_is_large_and_its_names_are_unique() -> None:
    names = [entry.name for entry in FUNCTIONS]
    assert len(names) >= 300
    assert len(set(names)) == len(names)
    assert {name for mistake in MISTAKES for name in mistake.functions} | set(UNEXPLAINED) <= set(names)


@over_functions
def test_nothing_else_is_broken_in_float64(entry: Entry) -> None:
    report = laws.check(entry.function(WIDE), entry.inputs(WIDE), kwargs=entry.kwargs)
    assert set(report.broken) <= expected_of(entry.name), str(report)


@over_functions
def test_nothing_else_is_broken_in_float32(entry: Entry) -> None:
    narrow = torch.float32
    known = {law.family for law in laws.LAWS}
    chosen = [family for family in IN_FLOAT32 if family in known]
    report = laws.check(entry.function(narrow), entry.inputs(narrow), kwargs=entry.kwargs, laws=chosen)
    assert set(report.broken) <= expected_of(entry.name), str(report)


@pytest.mark.parametrize(
    ("function", "at", "right"),
    [
        (torch.sigmoid, 17.0, 4.139937e-08),
        (torch.tanh, 10.0, 8.244614e-09),
        (torch.expm1, -17.0, 4.139937e-08),
    ],
)
def test_torch_loses_a_saturated_gradient(function, at: float, right: float) -> None:
    x = torch.tensor(at)
    assert slope(function, x)[0] == 0
    assert float(slope(function, x.double())[0]) == pytest.approx(right, rel=1e-5)


def test_torch_cancels_in_the_tail_of_gelu() -> None:
    x = torch.tensor(-5.0)
    wrong, right = (float(slope(F.gelu, point)[0]) for point in (x, x.double()))
    assert abs(wrong / right - 1) > 1e-3


def test_torch_knows_a_sixth_in_float32_only() -> None:
    got = float(slope(F.hardsigmoid, torch.tensor(0.5, dtype=WIDE))[0])
    assert got == float(torch.tensor(1 / 6, dtype=torch.float32))


def test_torch_gives_nan_where_hypot_and_xlogy_have_zeros() -> None:
    zero = torch.zeros((), dtype=WIDE)
    assert all(grad.isnan() for grad in slope(torch.hypot, zero, zero))
    assert slope(torch.xlogy, zero, zero)[1].isnan()


def test_torch_gives_a_pole_of_polygamma_a_finite_value() -> None:
    pole = torch.tensor(-1.0, dtype=WIDE)
    assert torch.polygamma(1, pole).isfinite()


def test_torch_does_not_see_a_factor_of_kron_change() -> None:
    a, b = drawn(2, 2), drawn(2, 3).requires_grad_()
    inner = a.clone().requires_grad_().clone()
    y = torch.kron(inner, b)
    with torch.no_grad():
        inner.mul_(3)
    assert torch.allclose(torch.autograd.grad(y.sum(), b)[0], 3 * a.sum().expand(2, 3))


def test_torch_gives_a_singular_matrix_no_adjugate() -> None:
    matrix = drawn(3, 3)
    matrix[:, 1] = matrix[:, 0]
    cofactor = matrix[1, 1] * matrix[2, 2] - matrix[1, 2] * matrix[2, 1]
    assert abs(float(cofactor)) > 0.01
    assert slope(linalg.det, matrix)[0][0, 0].abs() < 1e-12


@pytest.mark.parametrize(
    "function",
    [
        lambda a: linalg.slogdet(a)[1],
        lambda a: linalg.det(a),
        lambda a: linalg.solve(a, torch.ones(3, dtype=WIDE)).sum(),
        lambda a: F.layer_norm(a, (3,)).pow(3).sum(),
    ],
)
def test_torch_nests_forward_mode_wrongly(function) -> None:
    matrix = drawn(3, 3) + 2 * torch.eye(3, dtype=WIDE)
    right = torch.autograd.functional.hessian(function, matrix)
    nested = torch.func.jacfwd(torch.func.jacfwd(function))(matrix)
    assert float((nested - right).abs().max()) > 0.01


def test_torch_gives_layer_norm_a_hessian_that_is_not_symmetric() -> None:
    x, weight, weights = drawn(2, 3), drawn(3), drawn(2, 3)
    hessian = torch.func.hessian(lambda x, w: (F.layer_norm(x, (3,), w) * weights).sum(), (0, 1))(x, weight)
    assert float((hessian[1][0] - hessian[0][1].permute(2, 0, 1)).abs().max()) > 0.01


def test_torch_maps_the_pullback_of_cdist_wrongly() -> None:
    x, y, grads_y = drawn(3, 2), drawn(2, 2), drawn(3, 3, 2)
    pullback = torch.func.vjp(lambda x: torch.cdist(x, y), x)[1]
    looped = torch.stack([pullback(grad_y)[0] for grad_y in grads_y])
    assert not torch.allclose(torch.func.vmap(pullback)(grads_y)[0], looped)


def test_torch_takes_a_wrong_median_of_stride_0() -> None:
    x = drawn(3, 1).expand(3, 4)
    assert torch.equal(torch.median(x.contiguous(), 1).values, x[:, 0])
    assert not torch.equal(torch.median(x, 1).values, x[:, 0])


def test_torch_reads_a_weight_of_stride_0_wrongly() -> None:
    x, weight = drawn(3, 2), torch.tensor([2.0], dtype=WIDE).expand(2)
    with_weight = [
        slope(lambda x, w=w: F.batch_norm(x, None, None, w, training=True) * x.detach(), x)[0]
        for w in (weight, weight.clone(memory_format=torch.contiguous_format))
    ]
    assert not torch.allclose(*with_weight)


def test_torch_pushes_zeros_through_a_product_of_scattered_entries() -> None:
    index, x, source = torch.tensor([0, 1, 1, 2]), drawn(3), drawn(4)

    def function(source: torch.Tensor) -> torch.Tensor:
        return torch.scatter_reduce(x, 0, index, source, reduce="prod")

    assert bool((torch.func.jvp(function, (source,), (torch.ones_like(source),))[1] == 0).all())
    assert float((function(source + 1e-3) - function(source)).abs().max()) > 1e-5


def test_torch_hides_nan_in_logcumsumexp() -> None:
    x = drawn(4).requires_grad_()
    y = torch.logcumsumexp(x, 0)
    assert bool((torch.autograd.grad(y, x, torch.full_like(y, torch.nan))[0] == 0).all())


def test_torch_loses_digits_of_matrix_exp() -> None:
    matrix, weights = drawn(3, 3).requires_grad_(), drawn(3, 3)
    y = linalg.matrix_exp(matrix)
    one, other = (
        torch.autograd.grad(y, matrix, factor * weights, retain_graph=True)[0] / factor for factor in (1.0, 2.0**40)
    )
    assert float((one - other).abs().max() / one.abs().max()) > 1e-6


@pytest.mark.filterwarnings("ignore")
def test_torch_linearizes_once() -> None:
    x = drawn(3, 4)
    push = torch.func.linearize(torch.nanmean, x)[1]
    first, second = (push(torch.ones_like(x)) for _ in range(2))
    assert float(first) == pytest.approx(1)
    assert float(second) != pytest.approx(1)

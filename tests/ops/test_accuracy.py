"""The slopes of sigmoid and tanh are right to 4 units in the last place, for every |x| < 80; against mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import pytest
import torch
from torch import Tensor

from handgrad import ops

ULPS = 4
LIMIT = 80.0
OPS: dict[str, Callable[[Tensor], Tensor]] = {"sigmoid": ops.sigmoid, "tanh": ops.tanh}
over_slopes = pytest.mark.parametrize("name", OPS)
over_dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)


def exact_slope(name: str, x: float) -> mpmath.mpf:
    """σ'(x) = e⁻ˣ/(1 + e⁻ˣ)² and tanh'(x) = 4 e⁻²ˣ/(1 + e⁻²ˣ)² = 4 σ'(2x), of |x|."""
    with mpmath.workdps(60):
        e = mpmath.exp(-abs(mpmath.mpf(x)) * (2 if name == "tanh" else 1))
        return (4 if name == "tanh" else 1) * e / (1 + e) ** 2


def grid(dtype: torch.dtype) -> Tensor:
    """Evenly, at random, near 0 and near the limit; both signs."""
    generator = torch.Generator().manual_seed(0)
    evenly = torch.linspace(0, LIMIT, 1601, dtype=torch.float64)[:-1]
    random = LIMIT * torch.rand(1200, generator=generator, dtype=torch.float64)
    near_zero = 10 ** torch.linspace(-30, 0, 300, dtype=torch.float64)
    limit = torch.tensor([79.999, 79.99999, 44.0, 44.5, 45.0, 51.9, 52.0, 52.5, 16.6, 17.0, 9.0], dtype=torch.float64)
    half = torch.cat([evenly, random, near_zero, limit]).to(dtype)
    return torch.cat([half, -half])


def spacing(value: float, dtype: torch.dtype) -> float:
    """The unit in the last place at ``value``: the distance of neighbouring numbers, denormal ones too."""
    info = torch.finfo(dtype)
    exponent = math.frexp(value)[1] - 1 if value else -10_000
    return max(2.0**exponent * info.eps if exponent > -1075 else 0.0, info.smallest_normal * info.eps)


def worst_error(name: str, dtype: torch.dtype, op: Callable[[Tensor], Tensor], x: Tensor) -> float:
    """The largest error of the gradient of ``op``, in units in the last place of the exact slope."""
    leaf = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(op(leaf).sum(), leaf)
    return max(error(name, dtype, a, g) for a, g in zip(x.tolist(), grad.tolist(), strict=True))


def error(name: str, dtype: torch.dtype, x: float, slope: float) -> float:
    exact = exact_slope(name, x)
    with mpmath.workdps(60):
        return float(abs(mpmath.mpf(slope) - exact) / spacing(float(exact), dtype))


@over_dtypes
@over_slopes
def test_gradient_is_right_to_the_last_places(
    name: str, dtype: torch.dtype, record_property: Callable[[str, object], None]
) -> None:
    worst = worst_error(name, dtype, OPS[name], grid(dtype))
    record_property("max ULP", round(worst, 2))
    assert worst <= ULPS


@over_dtypes
@over_slopes
def test_tangent_is_right_to_the_last_places(name: str, dtype: torch.dtype) -> None:
    x = grid(dtype)[::7]
    _, tangent = torch.func.jvp(OPS[name], (x,), (torch.ones_like(x),))
    assert max(error(name, dtype, a, t) for a, t in zip(x.tolist(), tangent.tolist(), strict=True)) <= ULPS


@over_dtypes
@over_slopes
def test_gradient_is_right_where_the_tape_looks_on(name: str, dtype: torch.dtype) -> None:
    leaf = grid(dtype)[::7].requires_grad_()
    (grad,) = torch.autograd.grad(OPS[name](leaf).sum(), leaf, create_graph=True)
    errors = [error(name, dtype, a, g) for a, g in zip(leaf.tolist(), grad.tolist(), strict=True)]
    assert max(errors) <= ULPS


@over_dtypes
@over_slopes
def test_second_derivative_has_no_cancellation(name: str, dtype: torch.dtype) -> None:
    """σ'' = σ'(σ(−x) − σ(x)) and tanh'' = −2 tanh tanh'; to a relative error of 40 ε away from the zero at 0."""
    x = torch.cat([torch.linspace(0.5, 30, 60, dtype=dtype), -torch.linspace(0.5, 30, 60, dtype=dtype)])
    leaf = x.clone().requires_grad_()
    (grad,) = torch.autograd.grad(OPS[name](leaf).sum(), leaf, create_graph=True)
    (second,) = torch.autograd.grad(grad.sum(), leaf)
    for a, got in zip(x.tolist(), second.tolist(), strict=True):
        with mpmath.workdps(60):
            factor = -2 * mpmath.tanh(a) if name == "tanh" else -mpmath.tanh(mpmath.mpf(a) / 2)
            exact = exact_slope(name, a) * factor
            assert abs(mpmath.mpf(got) - exact) <= 40 * torch.finfo(dtype).eps * abs(exact)


@over_slopes
def test_torch_loses_the_gradient_that_we_keep(name: str) -> None:
    """The reason for the exact slopes; should torch mend it (pytorch#195681), the README's table changes."""
    x = torch.tensor([20.0])
    native = getattr(torch, name)
    (theirs,) = torch.func.grad(lambda a: native(a).sum(), argnums=(0,))(x)
    (ours,) = torch.func.grad(lambda a: OPS[name](a).sum(), argnums=(0,))(x)
    assert theirs.item() == 0
    assert error(name, torch.float32, 20.0, ours.item()) <= ULPS

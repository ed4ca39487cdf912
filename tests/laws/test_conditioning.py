"""What rounding explains: the worst case of arguments that are off by ε each."""

from __future__ import annotations

import numpy
import pytest
import torch
from torch.nn import functional as F

from handgrad.laws._conditioning import MARGIN, rounding_noise
from handgrad.laws._pullback import pull

EPSILON = 2.0**-24


def noise_of(function, *points: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    leaves = [point.clone().requires_grad_() for point in points]
    return rounding_noise(function, points, pull(function, leaves), EPSILON)


@pytest.mark.parametrize("number", [1, 5, 31])
def test_the_worst_case_of_a_sum_is_the_sum_of_its_terms(number: int) -> None:
    generator = torch.Generator().manual_seed(number)
    x, weights = torch.randn(2, number, dtype=torch.float64, generator=generator)
    (noise_y,), (noise_x,) = noise_of(lambda x: ((weights * x).sum(),), x)
    assert float(noise_y) == pytest.approx(MARGIN * EPSILON * float((weights * x).abs().sum()), rel=1e-6)
    assert noise_x.shape == x.shape


@pytest.mark.parametrize(("number", "at_most"), [(4000, 35), (40_000, 11)])
def test_many_arguments_are_moved_in_few_groups(number: int, at_most: int) -> None:
    calls = 0

    def total(x: torch.Tensor) -> tuple[torch.Tensor]:
        nonlocal calls
        calls += 1
        return (x.sum(),)

    x = torch.tensor([0.5, -0.5], dtype=torch.float64).repeat(number // 2)
    noise = float(noise_of(total, x)[0][0])
    assert calls <= at_most
    assert MARGIN * EPSILON * 0.5 * number**0.5 < noise < MARGIN * EPSILON * 0.5 * number


def test_one_entry_is_as_uncertain_as_the_most_uncertain_of_its_tensor() -> None:
    x = torch.tensor([1.0, 1000.0], dtype=torch.float64)
    (noise_y,), _ = noise_of(lambda x: (x.sin(),), x)
    expected = MARGIN * EPSILON * 1000 * abs(float(numpy.cos(1000.0)))
    assert noise_y.tolist() == pytest.approx([expected] * 2, rel=1e-3)


def test_a_result_that_is_not_finite_makes_no_other_uncertain() -> None:
    x = torch.tensor([-1.0, 2.0], dtype=torch.float64)
    (noise_y,), (noise_x,) = noise_of(lambda x: (x.log(),), x)
    assert float(noise_y.max()) == pytest.approx(MARGIN * EPSILON, rel=1e-6)
    assert bool(noise_x.isfinite().all())


def test_an_argument_at_the_end_of_the_domain_is_moved_into_it() -> None:
    x, target = torch.tensor([0.25, 1.0]), torch.tensor([0.5, 0.5])
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        F.binary_cross_entropy(x * (1 + EPSILON * 2), target)
    (noise_y,), _ = noise_of(lambda x: (F.binary_cross_entropy(x, target.double()),), x.double())
    assert bool(noise_y.isfinite())


def test_nothing_is_asked_where_no_argument_near_by_has_a_result() -> None:
    def only_here(x: torch.Tensor) -> tuple[torch.Tensor]:
        return (torch.where(x == 2, x, torch.nan),)

    (noise_y,), _ = noise_of(only_here, torch.tensor([2.0], dtype=torch.float64))
    assert float(noise_y) == torch.inf

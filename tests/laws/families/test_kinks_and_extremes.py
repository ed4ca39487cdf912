"""Kinks and extremes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from handgrad.laws import Status
from laws.written import ends, function, judged, numbers

X = numbers(3, 4)
WITH_ZERO = torch.tensor([0.0, 1.0, -2.0], dtype=torch.float64)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_any_subgradient_of_relu_will_do(slope: float) -> None:
    fn = function(torch.relu, lambda g, x: g * (x > 0) + g * slope * (x == 0))
    report = judged(fn, WITH_ZERO, ["vjp", "kink_zero"])
    assert report.lawful, str(report)
    assert "kink at" in report.verdicts["vjp"].sentence
    assert "[0]" in report.verdicts["vjp"].sentence


@pytest.mark.parametrize("slope", [-0.5, 2.0, float("nan")])
def test_what_is_no_subgradient_is_broken(slope: float) -> None:
    fn = function(torch.relu, lambda g, x: torch.where(x == 0, g * slope, g * (x > 0)))
    assert ends(fn, X, "vjp") is Status.HOLDS
    assert ends(fn, X, "kink_zero") is Status.BROKEN


def test_a_threshold_on_the_wrong_side_is_broken() -> None:
    fn = function(lambda x: x.clamp(-1, 1), lambda g, x: torch.where(x == 1, -g, g * (x.abs() <= 1)))
    assert ends(fn, X, "kink_threshold") is Status.BROKEN
    assert ends(lambda x: x.clamp(-1, 1), X, "kink_threshold") is Status.HOLDS


def test_both_arguments_must_not_get_the_whole_gradient_where_they_tie_beyond_the_interval() -> None:
    def backward(g: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        tie = a == b
        return torch.where(tie, 2 * g, g * (a > b)), g * (a < b)

    assert ends(function(torch.maximum, backward), (X, X.flip(0)), "kink_ties") is Status.BROKEN
    assert ends(torch.maximum, (X, X.flip(0)), "kink_ties") is Status.HOLDS


def test_a_norm_that_is_nan_at_zero_is_broken() -> None:
    def norm(x: Tensor) -> Tensor:
        return x.square().sum().sqrt()

    assert ends(norm, X, "vjp") is Status.HOLDS
    assert ends(norm, X, "kink_all_zero") is Status.BROKEN
    assert ends(torch.linalg.vector_norm, X, "kink_all_zero") is Status.HOLDS


@pytest.mark.parametrize("fn", [torch.median, torch.amax, lambda x: x.sort().values, torch.abs, torch.round])
def test_ties_and_steps_of_torch_are_no_alarm(fn: object) -> None:
    for x in (torch.ones(5, dtype=torch.float64), torch.zeros(5, dtype=torch.float64), numbers(5)):
        report = judged(fn, x, ["reverse", "forward", "adjoint", "second_order", "kinks"])
        assert report.lawful, str(report)


def test_nan_where_the_oracle_has_none_is_broken() -> None:
    def wrong(x: Tensor) -> Tensor:
        return x.exp() / (1 + x.exp())

    assert ends(wrong, X, "extreme_inputs", oracle=torch.sigmoid) is Status.BROKEN
    assert ends(torch.sigmoid, X, "extreme_inputs", oracle=torch.sigmoid) is Status.HOLDS
    assert ends(torch.sigmoid, X, "extreme_inputs") is Status.NOT_APPLICABLE


def test_a_mask_that_multiplies_infinity_is_broken() -> None:
    fn = function(torch.relu, lambda g, x: g * (x > 0))
    assert ends(fn, X, "extreme_pairs", oracle=torch.relu) is Status.BROKEN
    assert ends(torch.relu, X, "extreme_pairs", oracle=torch.relu) is Status.HOLDS


def test_a_gradient_that_overflows_at_large_arguments_is_broken() -> None:
    def naive(x: Tensor) -> Tensor:
        return (1 + x.exp()).log()

    fn = function(torch.nn.functional.softplus, lambda g, x: g * x.exp() / (1 + x.exp()))
    assert ends(fn, X, "vjp") is Status.HOLDS
    assert ends(fn, X, "extreme_large") is Status.BROKEN
    assert ends(torch.nn.functional.softplus, X, "extreme_large") is Status.HOLDS


def test_a_gradient_that_hides_nan_is_broken() -> None:
    fn = function(torch.sin, lambda g, x: g.nan_to_num() * x.cos())
    assert ends(fn, X, "extreme_upstream") is Status.BROKEN
    assert ends(torch.sin, X, "extreme_upstream") is Status.HOLDS


def test_saturation_is_named_in_ulps() -> None:
    report = judged(torch.sigmoid, X, ["saturation"])
    assert report.broken == ["saturation"]
    assert "right but inaccurate" in report.verdicts["saturation"].sentence
    exact = function(torch.sigmoid, lambda g, x: g * x.sigmoid() * x.neg().sigmoid())
    assert ends(exact, X, "saturation") is Status.HOLDS

"""Kinks and extremes."""

from __future__ import annotations

import pytest
import torch

from handgrad.laws import Status
from laws.written import ends, function, judged, numbers
from laws.wrong import WRONG

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


@pytest.mark.parametrize("fn", [torch.median, torch.amax, lambda x: x.sort().values, torch.abs, torch.round])
def test_ties_and_steps_of_torch_are_no_alarm(fn: object) -> None:
    for x in (torch.ones(5, dtype=torch.float64), torch.zeros(5, dtype=torch.float64), numbers(5)):
        report = judged(fn, x, ["reverse", "forward", "adjoint", "second_order", "kinks"])
        assert report.lawful, str(report)


@pytest.mark.parametrize("law", ["kink_all_zero", "kink_zero", "extreme_large"])
def test_what_is_wrong_far_away_only_is_right_here(law: str) -> None:
    assert ends(WRONG[law].fn, X, "vjp") is Status.HOLDS


def test_nothing_is_asked_of_extreme_inputs_without_an_oracle() -> None:
    assert ends(torch.sigmoid, X, "extreme_inputs") is Status.NOT_APPLICABLE


def test_saturation_is_called_right_but_inaccurate() -> None:
    assert "right but inaccurate" in judged(torch.sigmoid, X, ["saturation"]).verdicts["saturation"].sentence

"""The metrics of values where R² has no spread to compare with."""

from __future__ import annotations

import pytest
import torch

from handgrad.training._value_metrics import value_metrics


@pytest.mark.parametrize(("predicted", "r2"), [([3.0, 3.0], 1.0), ([3.0, 4.0], 0.0)])
def test_of_targets_that_are_all_the_same_r2_says_whether_they_are_met(predicted, r2):
    assert value_metrics(torch.tensor(predicted), torch.tensor([3.0, 3.0]))["r2"] == r2


def test_a_small_error_beside_a_large_target_is_not_lost():
    y = torch.tensor([1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3])
    metrics = value_metrics(y + 0.5, y)
    assert metrics["rmse"].item() == metrics["mae"].item() == 0.5
    assert metrics["r2"].item() == pytest.approx(1 - 4 * 0.25 / 5)


def test_small_units_change_nothing_about_r2() -> None:
    y, noise = torch.randn(2, 50, generator=torch.Generator().manual_seed(0)).unbind()
    in_units, in_millionths = (value_metrics(scale * (y + noise), scale * y)["r2"] for scale in (1.0, 1e-6))
    torch.testing.assert_close(in_millionths, in_units)
    assert in_units < 0.5

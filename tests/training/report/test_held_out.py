from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import binomtest

from handgrad.training.report._held_out import held_out, wilson
from handgrad.training.report._record import Outcome
from html_page import Page


@pytest.mark.parametrize(("right", "total"), [(36, 36), (0, 7), (1, 1), (340, 359)])
def test_the_interval_is_wilsons(right, total):
    exact = binomtest(right, total).proportion_ci(0.95, method="wilson")
    assert wilson(right, total) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_without_rows_nothing_is_known():
    assert wilson(0, 0) == (0, 1)


def test_metrics_are_told_with_what_they_mean_and_unknown_ones_too(record):
    test = Outcome({"speed": 12.5, "accuracy": 0.7123456}, "those at the end")
    page = Page(held_out(dataclasses.replace(record, test=test)))
    assert page.rows[1:] == [["accuracy", "0.7123", "part of the rows whose most probable class is the true one"],
                             ["speed", "12.5000", ""]]  # fmt: skip


@pytest.mark.parametrize("name", ["accuracy", "rmse"])
def test_the_range_of_the_members_of_an_ensemble_is_told(record, name):
    test = Outcome({f"member_{name}_max": 0.75, name: 0.5}, "those at the end")
    page = Page(held_out(dataclasses.replace(record, test=test)))
    assert [row[0] for row in page.rows[1:]] == [name, f"member_{name}_max"]
    assert page.rows[2][2].startswith(f"largest {name} of a member of the ensemble by itself")


def test_the_spread_of_the_residuals_is_numpys(record):
    pairs = [(float(true), float(true + wrong)) for true, wrong in enumerate([-3, 1, 0.5, 2, 4])]
    test = Outcome({"rmse": 1.0}, "those at the end", pairs=pairs)
    page = Page(held_out(dataclasses.replace(record, test=test)))
    wrong = np.array([-3, 1, 0.5, 2, 4])
    expected = [wrong.mean(), wrong.min(), *np.quantile(wrong, [0.25, 0.5, 0.75]), wrong.max()]
    assert [float(cell) for cell in page.row("predicted − true")] == pytest.approx(expected)


def test_predictions_that_are_not_finite_are_said_to_be_so(record):
    test = Outcome({"rmse": float("nan")}, "those at the end", pairs=[(1.0, float("nan"))])
    assert "nothing to draw" in Page(held_out(dataclasses.replace(record, test=test))).text

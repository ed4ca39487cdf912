from __future__ import annotations

import numpy as np

from handgrad.training.report._residual_charts import MOST_DOTS, histogram, residual_chart, scatter_chart
from html_page import Page


def test_residuals_are_counted_as_numpy_counts_them():
    values = np.random.default_rng(0).normal(size=200)
    edges, counts = histogram(values.tolist())
    expected, expected_edges = np.histogram(values, bins=len(counts))
    assert counts == expected.tolist()
    np.testing.assert_allclose(edges, expected_edges)


def test_equal_residuals_are_one_bar():
    assert sum(histogram([0.0, 0.0])[1]) == 2
    assert "most, 2, are" in residual_chart([0.0, 0.0], "price")


def test_every_row_is_a_dot_up_to_many_and_the_chart_says_so_beyond():
    page = Page(scatter_chart([(1.0, 2.0), (3.0, 3.0)], "price"))
    assert len(page.all("circle")) == 2
    many = Page(scatter_chart([(float(index), 0.0) for index in range(2 * MOST_DOTS)], "price"))
    assert len(many.all("circle")) == MOST_DOTS
    assert "One row in 2" in many.text

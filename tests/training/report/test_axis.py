from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handgrad.training.report._axis import linear_axis, log_axis

VALUES = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1)
POSITIVE = st.lists(st.floats(1e-30, 1e30), min_size=1)


def check(axis, values):
    parts = [axis.part(value) for value in values]
    assert min(parts) >= -1e-9
    assert max(parts) <= 1 + 1e-9
    assert 2 <= len(axis.ticks) <= 10
    assert list(axis.ticks) == sorted(set(axis.ticks))


@given(VALUES)
def test_a_linear_axis_holds_all_values(values):
    check(linear_axis("x", values), values)


@given(POSITIVE)
def test_a_logarithmic_axis_holds_all_values(values):
    check(log_axis("x", values), values)


def test_ticks_are_round_numbers():
    assert list(linear_axis("x", [0.13, 0.97]).ticks) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert list(log_axis("x", [0.004, 2.2]).ticks) == pytest.approx([0.001, 0.01, 0.1, 1, 10])
    assert list(log_axis("x", [0.3, 0.9]).ticks) == pytest.approx([0.2, 0.5, 1])


def test_epochs_are_whole_and_the_axis_ends_with_them():
    axis = linear_axis("epoch", [0, 59], whole=True)
    assert (axis.low, axis.high) == (0, 59)
    assert list(axis.ticks) == [0, 10, 20, 30, 40, 50]
    assert list(linear_axis("epoch", [3, 3], whole=True).ticks) == [3, 4]


def test_equal_ratios_are_equal_distances():
    axis = log_axis("x", [1e-4, 1.0])
    assert [axis.part(value) for value in (1e-4, 1e-2, 1.0)] == pytest.approx([0, 0.5, 1])

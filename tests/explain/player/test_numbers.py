"""Numbers as a reader would write them."""

from __future__ import annotations

import math

import pytest

from handgrad.explain.player._numbers import short

EXPECTED = {
    0.0: "0",
    1.0: "1",
    -14.0: "−14",
    0.9525719383624175: "0.953",
    -38.094856123275164: "−38.1",
    -1.7246339833879517e-04: "−1.72e−4",
    -1.4311211138239055e-06: "−1.43e−6",
    0.00123456: "0.00123",
    999.96: "1000",
    1234.5: "1235",
    123456.7: "123457",
    1e6: "1e6",
    -2.5e-320: "−2.5e−320",
    1.7976931348623157e308: "1.8e308",
    0.125: "0.125",
    math.inf: "∞",
    -math.inf: "−∞",
    math.nan: "NaN",
}


@pytest.mark.parametrize("value", EXPECTED)
def test_three_digits(value: float) -> None:
    assert short(value) == EXPECTED[value]


def test_zero_has_no_sign() -> None:
    assert short(-0.0) == "0"


def test_ties_are_rounded_away_from_zero() -> None:
    assert [short(value) for value in (2.125, -2.125, 0.5)] == ["2.13", "−2.13", "0.5"]


def test_more_digits() -> None:
    assert short(-1.7246339833879517e-04, 4) == "−1.725e−4"
    assert short(0.9525719383624175, 4) == "0.9526"

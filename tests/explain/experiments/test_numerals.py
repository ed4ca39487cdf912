from __future__ import annotations

import math

import pytest

from handgrad.explain.experiments._numerals import numeral, with_minus_signs


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.118e-7, 2, "1.1×10⁻⁷"),
        (0.0625, 2, "0.062"),
        (2.3028, 3, "2.30"),
        (33.4, 2, "33"),
        (169, 2, "169"),
        (12345, 2, "1.2×10⁴"),
        (-0.8667, 2, "-0.87"),
        (0, 3, "0"),
        (math.nan, 2, "nan"),
        (math.inf, 2, "inf"),
    ],
)
def test_a_number_keeps_its_significant_digits(value, digits, text):
    assert numeral(value, digits) == text


def test_minus_signs_go_before_numbers_only():
    text = "at w = -0.4; 傾きは-1; a mini-batch, 10-fold, 1e-5"
    assert with_minus_signs(text) == "at w = −0.4; 傾きは−1; a mini-batch, 10-fold, 1e-5"

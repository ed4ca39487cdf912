"""Numbers as a text says them."""

from __future__ import annotations

import re
from math import floor, isfinite, log10

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def numeral(value: float, digits: int = 2) -> str:
    """Return at least so many significant digits, with a power of ten where the number is very large or small.

    >>> [numeral(value) for value in (1.1e-7, 0.0625, 2.3, 33.4, 12345.0)]
    ['1.1×10⁻⁷', '0.062', '2.3', '33', '1.2×10⁴']
    """
    if value == 0 or not isfinite(value):
        return f"{value:g}"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.{max(0, digits - 1 - floor(log10(abs(value))))}f}"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def with_minus_signs(text: str) -> str:
    """Return a text whose negative numbers begin with a minus sign, not a hyphen.

    >>> with_minus_signs("a mini-batch at w = -0.4, 10-fold")
    'a mini-batch at w = −0.4, 10-fold'
    """
    return re.sub(r"(?<![A-Za-z0-9])-(?=\d)", "−", text)

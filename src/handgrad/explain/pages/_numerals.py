"""Numbers as a page writes them: 6 significant digits, a minus sign, a power of ten where they are very large or small."""

from __future__ import annotations

import math

DIGITS = 6
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimal_parts(value: float) -> tuple[str, int | None]:
    """The digits of a finite number with a minus sign, and its power of ten; None where none is written.

    >>> decimal_parts(-1.7246339833879517e-05)
    ('−1.72463', -5)
    """
    mantissa, _, exponent = f"{value:.{DIGITS}g}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    digits = "0" if mantissa == "-0" else mantissa.replace("-", "−")
    return digits, int(exponent) if exponent else None


def numeral(value: float) -> str:
    """A number in plain text.

    >>> [numeral(value) for value in (33.0, -14.0, 0.9525719383624175, -8.6e-05, float("inf"))]
    ['33', '−14', '0.952572', '−8.6×10⁻⁵', '∞']
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    digits, exponent = decimal_parts(value)
    return digits if exponent is None else f"{digits}×10{str(exponent).translate(_SUPERSCRIPTS)}"


def is_rounded(value: float) -> bool:
    """Whether the number has more digits than a page writes."""
    return math.isfinite(value) and float(f"{value:.{DIGITS}g}") != value

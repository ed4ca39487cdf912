"""Numbers rounded for a picture; ``short`` in numbers.js does the same."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal, localcontext


def short(value: float, digits: int = 3) -> str:
    """``value`` rounded to ``digits`` significant digits, as a reader would write it: ``−0.00172``, ``1.4e−6``, ``286``.

    From 1000 to a million it is rounded to whole numbers, and nothing after the point is kept that is zero.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    with localcontext(prec=400, rounding=ROUND_HALF_UP):
        mantissa, exponent = f"{_rounded(Decimal(value), digits):e}".lower().split("e")
        places = digits - 1 - int(exponent)
        if -3 <= int(exponent) < 6:
            text = _bare(f"{Decimal(value).quantize(Decimal(1).scaleb(-max(places, 0))):f}")
        else:
            text = f"{_bare(mantissa)}e{int(exponent)}"
    return "0" if text == "-0" else text.replace("-", "−")


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value if not value else value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1)).normalize()


def _bare(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text

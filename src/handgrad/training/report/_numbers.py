"""Numbers for the eye."""

from __future__ import annotations


def number(value: float) -> str:
    """Write a number with four digits that count, and whole where it has more before the point."""
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.4g}"


def metric(value: float) -> str:
    """Write a number as the terminal does when a run ends: with four decimals, where that says enough."""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else number(value)


def percent(part: float) -> str:
    """Write a part of 1."""
    return f"{100 * part:.1f} %"


def duration(seconds: float) -> str:
    """Write a time: ``2.4 s``, ``3 min 20 s``, ``5 h 12 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"

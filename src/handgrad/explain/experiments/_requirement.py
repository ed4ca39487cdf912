"""What a parameter must be, said in one way."""

from __future__ import annotations


def require(holds: bool, who: str, what: str, got: object) -> None:
    """Raise ValueError("who: expected what, got got") unless it holds."""
    if not holds:
        raise ValueError(f"{who}: expected {what}, got {got!r}")

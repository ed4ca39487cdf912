"""What a function is called in a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def name_of(fn: Callable[..., Any]) -> str:
    """``ReLUFunction.apply``, ``my_function``, or the class of an object."""
    owner, name = getattr(fn, "__self__", None), getattr(fn, "__name__", "")
    if isinstance(owner, type) and hasattr(fn, "__func__"):
        return f"{owner.__qualname__}.{name}"
    qualified = (
        getattr(fn, "__qualname__", "") if hasattr(fn, "__code__") else name
    )  # torch's own hang on hidden classes
    return qualified or type(fn).__name__

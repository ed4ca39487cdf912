"""Arguments written out as Python."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

MOST = 40
"""Entries of a tensor that are written out; a larger one is drawn anew."""

DIGITS = {torch.float64: 17, torch.float32: 9}
PLAIN = (bool, int, float, str, bytes, type(None), torch.dtype, torch.device)


def literal(value: Any) -> str | None:
    """An expression that makes ``value`` again, or something like it where it is large; None where there is none.

    Uses the names ``torch``, ``nan`` and ``inf``.
    """
    if isinstance(value, Tensor):
        return _tensor(value)
    if isinstance(value, torch.device):
        return f"torch.{value!r}"
    if isinstance(value, PLAIN):
        return repr(value)
    if type(value) in (list, tuple):
        items = [literal(item) for item in value]
        if None in items:
            return None
        inside = ", ".join(map(str, items))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(items) == 1)})"
    return None


def is_exact(value: Any) -> bool:
    """Whether `literal` makes the very same."""
    return not isinstance(value, Tensor) or value.numel() <= MOST


def _tensor(tensor: Tensor) -> str:
    tensor = tensor.detach()
    options = f"dtype={tensor.dtype}" + (f", device={str(tensor.device)!r}" if tensor.device.type != "cpu" else "")
    if tensor.numel() > MOST:
        return _drawn(tensor, options)
    made = f"torch.tensor({_entries(tensor.tolist(), DIGITS.get(tensor.dtype, 5))}, {options})"
    if 0 in tensor.shape:
        return f"torch.zeros({tuple(tensor.shape)}, {options})"
    if not tensor.is_contiguous() and 0 not in tensor.stride():
        return f"torch.empty_strided({tuple(tensor.shape)}, {tensor.stride()}, {options}).copy_({made})"
    return made


def _entries(values: Any, digits: int) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_entries(value, digits) for value in values)}]"
    if isinstance(values, float) and math.isfinite(values):
        return repr(float(f"{values:.{digits}g}"))  # no more digits than the dtype has
    return repr(values)


def _drawn(tensor: Tensor, options: str) -> str:
    """Random entries of the same kind: the same shape, signs and range."""
    shape = tuple(tensor.shape)
    if tensor.dtype is torch.bool:
        return f"torch.rand({shape}) < 0.5"
    if tensor.is_complex():
        return f"torch.randn({shape}, {options})"
    low, high = float(tensor.min()), float(tensor.max())
    if not tensor.is_floating_point():
        return f"torch.randint({int(low)}, {int(high) + 1}, {shape}, {options})"
    return f"torch.rand({shape}, {options}) * {high:.3g}" if low >= 0 else f"torch.randn({shape}, {options})"

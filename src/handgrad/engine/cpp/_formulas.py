"""The C++ of what happens entry by entry."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch._ops import OpOverload

_aten = torch.ops.aten

_C_TYPES = {
    torch.float32: "float",
    torch.float64: "double",
    torch.int64: "int64_t",
    torch.int32: "int32_t",
    torch.bool: "bool",
}


class UntranslatableError(NotImplementedError):
    """Something has no C++ here."""


def c_type(dtype: torch.dtype) -> str:
    """C++'s name of a dtype.

    Raises:
        UntranslatableError: it has none here.
    """
    if dtype not in _C_TYPES:
        raise UntranslatableError(f"no C++ is written down for {dtype}")
    return _C_TYPES[dtype]


_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

COMPARISONS: dict[OpOverload, str] = {
    getattr(getattr(_aten, name), overload): f"{{0}} {sign} {{1}}"
    for name, sign in _COMPARISONS.items()
    for overload in ("Scalar", "Tensor")
}
"""Formulas whose arguments are compared in their own dtype, not in that of the result."""

ENTRYWISE: dict[OpOverload, str] = {
    _aten.add.Tensor: "{0} + {1}",
    _aten.sub.Tensor: "{0} - {1}",
    _aten.rsub.Scalar: "{1} - {0}",
    _aten.mul.Tensor: "{0} * {1}",
    _aten.mul.Scalar: "{0} * {1}",
    _aten.div.Tensor: "{0} / {1}",
    _aten.neg.default: "-{0}",
    _aten.abs.default: "std::abs({0})",
    _aten.bitwise_not.default: "{0} ^ {T}(-1)",
    _aten.logical_not.default: "!{0}",
    _aten.reciprocal.default: "{T}(1) / {0}",
    _aten.sqrt.default: "std::sqrt({0})",
    _aten.exp.default: "exp_of({0})",
    _aten.log.default: "log_of({0})",
    _aten.tanh.default: "tanh_of({0})",
    _aten.cosh.default: "cosh_of({0})",
    _aten.sigmoid.default: "{T}(1) / ({T}(1) + exp_of(-{0}))",
    _aten.pow.Scalar: "std::pow({0}, {1})",
    _aten.pow.Tensor_Tensor: "std::pow({0}, {1})",
    _aten.maximum.default: "larger({0}, {1})",
    _aten.minimum.default: "smaller({0}, {1})",
    _aten._to_copy.default: "{0}",
    _aten.clone.default: "{0}",
}
"""Formulas of arguments in the dtype of the result. ``{T}`` is that dtype."""


def literal(value: float | bool, dtype: torch.dtype) -> str:
    """A number as C++ writes it, exactly."""
    if dtype is torch.bool:
        return "true" if value else "false"
    if not dtype.is_floating_point:
        return f"{c_type(dtype)}({int(value)})"
    number = float(value)
    if number != number:
        return f"{c_type(dtype)}(NAN)"
    if number in (float("inf"), float("-inf")):
        return f"{c_type(dtype)}({'-' if number < 0 else ''}INFINITY)"
    return f"{c_type(dtype)}({number.hex()})"


def common_dtype(dtypes: Sequence[torch.dtype]) -> torch.dtype:
    """The dtype in which numbers of these are compared."""
    common = dtypes[0]
    for dtype in dtypes[1:]:
        common = torch.promote_types(common, dtype)
    return common

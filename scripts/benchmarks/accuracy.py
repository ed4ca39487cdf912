"""How exact the slopes of sigmoid and tanh are: ours and torch's beside mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.report import Result, Table
from handgrad import ops
from ranges import ConfigurationError

Op = Callable[[Tensor], Tensor]

POINTS = (5.0, 10.0, 17.0, 20.0, 40.0, 80.0)
BOUND = 80.0
LIMIT = 4.0  # ULP
OPS: dict[str, tuple[Op, Op]] = {"sigmoid": (ops.sigmoid, torch.sigmoid), "tanh": (ops.tanh, torch.tanh)}


def run(quick: bool) -> Result:
    """The slopes at a few points in float32, and the largest error for |x| ≤ 80 in float32 and float64."""
    points = {name: [_point(name, x) for x in POINTS] for name in OPS}
    count = 500 if quick else 5000
    largest = [_largest(name, dtype, count) for name in OPS for dtype in (torch.float32, torch.float64)]
    return Result({"points": points, "largest": largest}, [*map(_point_table, points.items()), _largest_table(largest)])


def exact_slope(name: str, x: float) -> Any:
    """The derivative of sigmoid or tanh at ``x`` from mpmath, to 60 digits."""
    mpmath = _mpmath()
    with mpmath.workdps(60):
        x = mpmath.mpf(x)
        if name == "tanh":
            return mpmath.sech(x) ** 2
        return mpmath.exp(-abs(x)) / (1 + mpmath.exp(-abs(x))) ** 2


def error_in_ulp(value: float, exact: Any, dtype: torch.dtype) -> float:
    """How far ``value`` is from ``exact``, in units in the last place of ``dtype`` at ``exact``."""
    mpmath = _mpmath()
    info = torch.finfo(dtype)
    with mpmath.workdps(60):
        _, exponent = mpmath.frexp(exact)  # exact = m · 2^exponent with ½ ≤ |m| < 1
        least = math.log2(info.smallest_normal)
        unit = mpmath.ldexp(info.eps, max(int(exponent) - 1, int(least)))
        return float(abs(mpmath.mpf(value) - exact) / unit)


def _mpmath() -> Any:
    try:
        import mpmath
    except ImportError:
        raise ConfigurationError("suite=accuracy needs mpmath: pip install -e '.[test]'.") from None
    return mpmath


def _slopes(op: Op, x: Tensor) -> list[float]:
    x = x.clone().requires_grad_()
    (slopes,) = torch.autograd.grad(op(x).sum(), x)
    return [float(slope) for slope in slopes.double()]


def _point(name: str, x: float) -> dict[str, Any]:
    exact = exact_slope(name, x)
    ours, native = (_slopes(op, torch.tensor([x]))[0] for op in OPS[name])
    return {
        "x": x,
        "exact": float(exact),
        "ours": ours,
        "ours_ulp": error_in_ulp(ours, exact, torch.float32),
        "torch": native,
        "torch_ulp": error_in_ulp(native, exact, torch.float32),
    }


def _largest(name: str, dtype: torch.dtype, count: int) -> dict[str, Any]:
    """The largest error over ``count`` points, evenly spread and symmetric."""
    x = torch.linspace(-BOUND, BOUND, count, dtype=torch.float64).to(dtype)
    exact = [exact_slope(name, value) for value in x.tolist()]
    ours, native = (
        max(error_in_ulp(slope, truth, dtype) for slope, truth in zip(_slopes(op, x), exact, strict=True))
        for op in OPS[name]
    )
    kind = str(dtype).removeprefix("torch.")
    return {"op": name, "dtype": kind, "points": count, "ours_ulp": ours, "torch_ulp": native, "met": ours <= LIMIT}


def _point_table(item: tuple[str, list[dict[str, Any]]]) -> Table:
    name, points = item
    rows = [
        [
            f"{point['x']:g}",
            f"{point['exact']:.7g}",
            *(f"{point['ours']:.7g}", _ulp(point["ours_ulp"])),
            *(f"{point['torch']:.7g}", _ulp(point["torch_ulp"])),
        ]
        for point in points
    ]
    return Table(f"Slope of {name}, float32", ["x", "exact", "ours", "error, ULP", "torch", "error, ULP"], rows)


def _largest_table(largest: list[dict[str, Any]]) -> Table:
    rows = [
        [
            f"{row['op']} {row['dtype']}",
            _ulp(row["ours_ulp"]),
            f"≤ {LIMIT:g}",
            "yes" if row["met"] else "NO",
            _ulp(row["torch_ulp"]),
        ]
        for row in largest
    ]
    return Table(f"Largest error of the slope for |x| ≤ {BOUND:g}, ULP", ["op", "ours", "goal", "met", "torch"], rows)


def _ulp(error: float) -> str:
    return f"{error:.2f}" if error < 1000 else f"{error:.1e}"

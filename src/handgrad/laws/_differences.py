"""Derivatives by finite differences, each with how far it can be trusted.

Definition      D(h) = (f(x + h v) − f(x − h v)) / 2h = f'(x)·v + c₂ h² + c₄ h⁴ + …
Extrapolation   Halving h and eliminating h², h⁴, … in turn (Ridders 1982; Numerical Recipes §5.7) gives a tableau whose neighbours
                differ by what is left of the truncation.
Rounding        f is only known to ε |f|, so D(h) is only known to ε |f| / h: more for a smaller step. Of all entries of the tableau
                the one is taken whose truncation and rounding together are least; their sum, times `SAFETY`, is its noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

STEPS = 6
SAFETY = 10.0


@dataclass(frozen=True)
class Estimate:
    """A derivative and its noise: the largest error that rounding and truncation explain; float64, same shape."""

    value: Tensor
    noise: Tensor


def derivative(function: Callable[[float], Tensor], scale: float, epsilon: float) -> Estimate:
    """The derivative of ``function`` at 0.

    Args:
        function: takes a step, gives a tensor.
        scale: the size of the largest step: about what the argument must move for the function to change its form.
        epsilon: the relative rounding error of one value of the function.
    """
    steps = [scale / 2**k for k in range(STEPS)]
    values = [(function(h).double(), function(-h).double()) for h in steps]
    size = torch.stack([torch.maximum(up.abs(), down.abs()) for up, down in values]).amax(0)
    row = [(up - down) / (2 * h) for h, (up, down) in zip(steps, values, strict=True)]
    rounding = [epsilon * size / h for h in steps]
    best, noise = row[-1], torch.full_like(row[-1], torch.inf)
    for order in range(1, STEPS):
        factor = 4.0**order
        finer = [(factor * row[k + 1] - row[k]) / (factor - 1) for k in range(len(row) - 1)]
        for k, estimate in enumerate(finer):
            truncation = torch.maximum((estimate - row[k]).abs(), (estimate - row[k + 1]).abs())
            error = SAFETY * (truncation + rounding[k + order])
            best, noise = torch.where(error < noise, estimate, best), torch.minimum(error, noise)
        row = finer
    return Estimate(best, noise)


def directional(
    function: Callable[..., Sequence[Tensor]], points: Sequence[Tensor], direction: Sequence[Tensor], scale: float
) -> list[Estimate]:
    """The derivative of every output of ``function`` at ``points`` along ``direction``."""
    shapes: list[torch.Size] = []

    def along(step: float) -> Tensor:
        moved = [
            (point.double() + step * v.double()).to(point.dtype) for point, v in zip(points, direction, strict=True)
        ]
        with torch.no_grad():
            outputs = function(*moved)
        shapes[:] = [output.shape for output in outputs]
        return torch.cat([output.double().reshape(-1) for output in outputs])

    epsilon = max(torch.finfo(point.dtype).eps for point in points)
    estimate = derivative(along, scale, epsilon)
    sizes = [shape.numel() for shape in shapes]
    return [
        Estimate(value.reshape(shape), noise.reshape(shape))
        for value, noise, shape in zip(estimate.value.split(sizes), estimate.noise.split(sizes), shapes, strict=True)
    ]


def jacobian(
    function: Callable[..., Sequence[Tensor]], points: Sequence[Tensor], scale: float = 0.05
) -> list[list[Estimate]]:
    """The Jacobians of every output by every point: ``[output][point]``, shape (*output, *point), a column a difference."""
    columns: list[list[list[Estimate]]] = []
    for place, point in enumerate(points):
        columns.append([])
        for entry in range(point.numel()):
            direction = [torch.zeros_like(p) for p in points]
            direction[place] = (
                torch.zeros_like(point).reshape(-1).index_fill(0, torch.tensor(entry), 1).reshape(point.shape)
            )
            columns[-1].append(directional(function, points, direction, scale))
    outputs = len(columns[0][0]) if columns and columns[0] else 0
    return [
        [
            _stacked([column[output] for column in of_point], point.shape)
            for of_point, point in zip(columns, points, strict=True)
        ]
        for output in range(outputs)
    ]


def _stacked(columns: Sequence[Estimate], shape: torch.Size) -> Estimate:
    def stack(tensors: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(tensors), -1).reshape(*tensors[0].shape, *shape)

    return Estimate(stack([column.value for column in columns]), stack([column.noise for column in columns]))

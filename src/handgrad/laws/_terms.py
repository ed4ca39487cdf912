"""How large the terms are that a derivative is the sum of, where these cancel.

Definition      A function that is linear in an argument x has ⟨x̄, x⟩ = ⟨ȳ, y⟩ and J x = y (Euler). So its gradient is of the size
                Σ|ȳ y| / Σ|x|, and its tangent of the size |y| Σ|ẋ| / Σ|x|. Where those of another function are far below, their
                terms have cancelled, and what rounding left of the terms, ε of their size, is in them: a normalisation of two
                numbers gives ±1 whatever they are, and has hardly any gradient.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from handgrad.laws._compare import inner, magnitude


def terms_of(outputs: Sequence[Tensor], grads_y: Sequence[Tensor], points: Sequence[Tensor]) -> list[float]:
    """The size of the terms of the gradient of each of ``points``."""
    total = inner(_finite(outputs), _finite(grads_y))[1]
    return [total / size if size else 0.0 for size in map(_size, points)]


def terms_of_tangents(outputs: Sequence[Tensor], points: Sequence[Tensor], tangents: Sequence[Tensor]) -> list[float]:
    """The size of the terms of the tangent of each of ``outputs``."""
    pairs = [(_size(point), tangent) for point, tangent in zip(points, tangents, strict=True)]
    moved = sum(float(tangent.abs().sum()) / size for size, tangent in pairs if size)
    return [magnitude(output) * moved for output in outputs]


def _size(point: Tensor) -> float:
    """The sum of the absolute values, of which a 0, having no size of its own, counts as 1."""
    (numbers,) = _finite([point])
    return float(torch.where(numbers == 0, 1.0, numbers.abs()).sum())


def _finite(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [tensor.detach().double().nan_to_num(0.0, 0.0, 0.0) for tensor in tensors]

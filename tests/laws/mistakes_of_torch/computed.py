"""What the demonstrations compute with."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

WIDE = torch.float64


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=WIDE)


def slope(function, *points: Tensor) -> list[Tensor]:
    leaves = [point.detach().clone().requires_grad_() for point in points]
    return list(torch.autograd.grad(function(*leaves).sum(), leaves))


def nested(word: str, function, tangents: Tensor) -> Callable[[Tensor], Tensor]:
    """The derivative along one tangent a letter, the outermost first: F in forward, R in reverse mode."""
    for letter, tangent in zip(reversed(word), tangents, strict=True):
        function = _forward(function, tangent) if letter == "F" else _reverse(function, tangent)
    return function


def _forward(function, tangent: Tensor):
    return lambda x: torch.func.jvp(function, (x,), (tangent,))[1]


def _reverse(function, tangent: Tensor):
    return lambda x: (torch.func.grad(function)(x) * tangent).sum()

"""Directions in which the arguments of a function are moved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Direction:
    """One entry of one argument, or a tangent for every argument.

    Attributes:
        place: which argument; None where all move.
        entry: the index in the flattened argument.
        tangents: where all move.
    """

    place: int | None = None
    entry: int = 0
    tangents: tuple[Tensor, ...] = ()

    def moved(self, points: Sequence[Tensor], step: float) -> list[Tensor]:
        """The points, moved by ``step`` in this direction; nothing is modified."""
        if self.place is None:
            pairs = zip(points, self.tangents, strict=True)
            return [(point.double() + step * tangent.double()).to(point.dtype) for point, tangent in pairs]
        moved, point = list(points), points[self.place]
        index = unravel(self.entry, point)
        moved[self.place] = point.clone(memory_format=torch.preserve_format)
        moved[self.place][index] = point[index].double() + step
        return moved

    def size(self, points: Sequence[Tensor]) -> float:
        """The size of the entry that moves; 1 where all move, because that is in the tangents."""
        if self.place is not None:
            point = points[self.place]
            size = float(point[unravel(self.entry, point)].abs())
            return size if math.isfinite(size) else 1.0
        return 1.0

    def along(self, gradients: Sequence[Tensor]) -> float:
        """⟨gradients, direction⟩."""
        if self.place is not None:
            return float(gradients[self.place].reshape(-1)[self.entry])
        return sum(float((g.double() * t.double()).sum()) for g, t in zip(gradients, self.tangents, strict=True))


def unravel(entry: int, tensor: Tensor) -> tuple[int, ...]:
    """The index of the flat ``entry``."""
    return tuple(int(i) for i in torch.unravel_index(torch.tensor(entry), tensor.shape)) if tensor.dim() else ()


def entries(points: Sequence[Tensor], at_most: int, generator: torch.Generator) -> list[Direction]:
    """Every entry of every point; a fair share of ``at_most`` drawn where there are more."""
    directions: list[Direction] = []
    for place, point in enumerate(points):
        share = max(at_most // max(len(points), 1), 1)
        few = point.numel() <= share or sum(p.numel() for p in points) <= at_most
        chosen = (
            torch.arange(point.numel())
            if few
            else torch.randperm(point.numel(), generator=generator)[:share].sort().values
        )
        directions += [Direction(place, int(entry)) for entry in chosen]
    return directions


def dense(points: Sequence[Tensor], generator: torch.Generator, places: Sequence[int] | None = None) -> Direction:
    """A random direction; 0 but in ``places``. Entries between ½ and 1 in size; where a point is below 1, relative to it."""

    def tangent(point: Tensor, place: int) -> Tensor:
        drawn = torch.rand(point.shape, generator=generator, dtype=torch.float64)
        sign = torch.randint(2, point.shape, generator=generator) * 2 - 1
        moves = places is None or place in places
        size = torch.where(point.cpu() == 0, 1.0, point.detach().double().cpu().abs().clamp(max=1)).nan_to_num(1.0)
        return ((0.5 + 0.5 * drawn) * sign * moves * size).to(point)

    return Direction(tangents=tuple(tangent(point, place) for place, point in enumerate(points)))


def together(points: Sequence[Tensor]) -> Direction:
    """All entries by the same: where entries tie, they go on tying."""
    return Direction(tangents=tuple(torch.ones_like(point) for point in points))

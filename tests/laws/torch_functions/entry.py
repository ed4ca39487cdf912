"""What an entry of the table of torch's functions is, and what its arguments are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Drawn:
    """A floating-point tensor to be drawn.

    Attributes:
        shape: of the tensor.
        low: the lower end of the domain.
        high: the upper end.
    """

    shape: tuple[int, ...]
    low: float
    high: float

    def __call__(self, dtype: torch.dtype, generator: torch.Generator) -> Tensor:
        uniform = torch.rand(self.shape, dtype=torch.float64, generator=generator)
        return (self.low + (self.high - self.low) * uniform).to(dtype)


@dataclass(frozen=True)
class Made:
    """A tensor of integers, booleans, or of a special form, from what is drawn."""

    make: Callable[[torch.Generator], Tensor]

    def __call__(self, dtype: torch.dtype, generator: torch.Generator) -> Tensor:
        made = self.make(generator)
        return made.to(dtype) if made.is_floating_point() else made


@dataclass(frozen=True)
class Entry:
    """A function with what it is fed.

    Attributes:
        name: its name under `torch`, and what is special about the arguments.
        fn: the function; a module that must be in the dtype of the arguments.
        arguments: `Drawn`, `Made` or a fixed value each.
        kwargs: passed as they are.
    """

    name: str
    fn: Callable[..., Any]
    arguments: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def inputs(self, dtype: torch.dtype) -> list[Any]:
        """The arguments in a dtype; the same numbers every time."""
        generator = torch.Generator().manual_seed(0)
        return [a(dtype, generator) if isinstance(a, Drawn | Made) else a for a in self.arguments]

    def function(self, dtype: torch.dtype) -> Callable[..., Any]:
        """The function, in a dtype if it is a module."""
        return self.fn.to(dtype) if isinstance(self.fn, torch.nn.Module) else self.fn


def of(name: str, fn: Callable[..., Any], *arguments: Any, **kwargs: Any) -> Entry:
    """An entry."""
    return Entry(name, fn, arguments, kwargs)


def real(*shape: int) -> Drawn:
    """Numbers of both signs."""
    return Drawn(shape, -2.0, 2.0)


def positive(*shape: int) -> Drawn:
    """Positive numbers, away from 0."""
    return Drawn(shape, 0.3, 2.5)


def within(low: float, high: float, *shape: int) -> Drawn:
    """Numbers between two bounds."""
    return Drawn(shape, low, high)


def integers(high: int, *shape: int) -> Made:
    """Integers from 0 to ``high`` − 1."""
    return Made(lambda generator: torch.randint(high, shape, generator=generator))


def signs(*shape: int) -> Made:
    """±1, as integers: they have no gradient."""
    return Made(lambda generator: 2 * torch.randint(2, shape, generator=generator) - 1)


def mask(*shape: int) -> Made:
    """Booleans."""
    return Made(lambda generator: torch.randint(2, shape, generator=generator).bool())


def regular(size: int) -> Made:
    """A matrix that is well away from a singular one, and has a positive determinant."""
    return Made(
        lambda generator: (
            2 * torch.eye(size, dtype=torch.float64)
            + 0.5 * torch.randn(size, size, dtype=torch.float64, generator=generator)
        )
    )

"""Several sets of arguments, side by side, for vmap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from handgrad.laws._finding import NotApplicableError
from handgrad.laws._leaves import copied
from handgrad.laws._subject import Subject

Function = Callable[..., tuple[Tensor, ...]]


@dataclass(frozen=True)
class Batch:
    """A function of tensors, and samples of them.

    Attributes:
        function: takes all tensors, those without a gradient too.
        samples: lists of its arguments; all valid.
        differentiable: the places of the arguments with a gradient.
    """

    function: Function
    samples: tuple[tuple[Tensor, ...], ...]
    differentiable: tuple[int, ...]

    def stacked(self, dim: int = 0) -> tuple[Tensor, ...]:
        """The samples of every argument along a new dimension."""
        return tuple(torch.stack(several, dim) for several in zip(*self.samples, strict=True))

    def stacked_twice(self) -> tuple[Tensor, ...]:
        """The same, twice: two rows, of which the second has the samples in reverse order."""
        return tuple(torch.stack([rows, rows.flip(0)]) for rows in self.stacked())

    def loop(self, function: Function) -> tuple[Tensor, ...]:
        """``function`` of one sample after the other, the results side by side."""
        return tuple(torch.stack(rows) for rows in zip(*(function(*sample) for sample in self.samples), strict=True))


def batch_of(subject: Subject) -> Batch:
    """The arguments as given; with the entries of every tensor rolled on by one, so that signs change places; and shrunk.

    Raises:
        NotApplicableError: the function draws.
    """
    if subject.reseeds:
        raise NotApplicableError("the function draws random numbers, which vmap does in its own way")
    function, _, differentiable = subject.of_every_tensor()
    return Batch(function, copied(subject.once("samples", _samples)), differentiable)


def _samples(subject: Subject) -> tuple[tuple[Tensor, ...], ...]:
    function, tensors, differentiable = subject.of_every_tensor()
    shrunk = tuple(0.9 * t if t.is_floating_point() and i in differentiable else t for i, t in enumerate(tensors))
    rolled = tuple(t.reshape(-1).roll(1).reshape(t.shape) for t in tensors)
    likely = [rolled, shrunk]
    valid = [sample for sample in likely if _finite(function, sample)]
    return (tensors, *valid, *(tensors for _ in range(len(likely) - len(valid))))


def _finite(function: Function, sample: Sequence[Tensor]) -> bool:
    """Whether these are arguments that the function takes."""
    try:
        with torch.no_grad():
            return all(bool(output.isfinite().all()) for output in function(*sample))
    except Exception:
        return False

"""How the terms of a loss become one number, by the name of the convention.

Every book divides differently, and its gradients carry the same factor:

name            MSE             cross entropy       who
none            the terms themselves                torch
mean, torch     1/(B·N)         1/B                 torch's default; CS231n and ゼロから作る Deep Learning for cross entropy
chapter         1/(B·N)         1/(B·N)             the chapter: 1/N over N outputs or classes, the mean over the batch
half_sum        1/2             1/2                 Nielsen, Mazur, TF Playground, ゼロから作る Deep Learning for MSE
sum             1               1                   torch

B is the size of the batch, N the number of outputs (for classes: of classes). For a weighted cross entropy on class indices torch
takes for B the sum of the weights of the targets, and so do we.
"""

from typing import Literal, get_args

from torch import Tensor

Reduction = Literal["none", "mean", "sum", "torch", "chapter", "half_sum"]
"""The conventions, by the name that a loss takes for ``reduction``."""

REDUCTIONS: tuple[Reduction, ...] = get_args(Reduction)

AVERAGES: tuple[Reduction, ...] = ("mean", "torch", "chapter")
"""The conventions that divide by the size of the batch."""

KERNEL_REDUCTION = {"none": 0, "mean": 1, "torch": 1, "chapter": 1, "sum": 2, "half_sum": 2}
"""What torch's kernels are asked for, by their number: the nearest to the convention, from which `complete` goes on."""


def unknown_reduction(op: str, reduction: str) -> ValueError:
    """The error for a ``reduction`` that is none of `REDUCTIONS`."""
    return ValueError(f"{op}: reduction must be one of {', '.join(REDUCTIONS)}, got {reduction!r}")


def scale(value: Tensor, reduction: str, batch: Tensor | int, outputs: int) -> Tensor:
    """``value`` times the convention's factor: a summed loss, or the gradient that comes back to it."""
    match reduction:
        case "mean" | "torch":
            return value / batch
        case "chapter":
            return value / (batch * outputs)
        case "half_sum":
            return value / 2
    return value


def complete(value: Tensor, reduction: str, outputs: int) -> Tensor:
    """The convention's number, from what torch's kernel gave for `KERNEL_REDUCTION`."""
    return scale(value, reduction, 1, outputs) if reduction in ("chapter", "half_sum") else value

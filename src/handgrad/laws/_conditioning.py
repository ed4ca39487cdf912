"""How much of a difference rounding explains, measured on the function itself.

A function that is computed with rounding error ε gives at best what the exact function gives for arguments that are off by ε. So
all arguments are moved by ε, at random and in float64, and what moves in the results is what rounding explains; with `MARGIN` for
the steps between, and with ε of the largest entry, for no entry can be had better than the terms it is summed of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from handgrad.laws._compare import magnitude
from handgrad.laws._pullback import Outputs, Pullback, pull

MARGIN = 4.0
DRAWS = 3


def rounding_noise(
    function: Callable[..., Outputs], points: Sequence[Tensor], exact: Pullback, epsilon: float
) -> tuple[list[Tensor], list[Tensor]]:
    """What rounding by ``epsilon`` explains in every output and in every gradient (zeros for one that is None).

    Args:
        function: the function, in float64.
        points: its arguments.
        exact: its values and gradients at the points.
        epsilon: the relative rounding error of one number.
    """
    generator = torch.Generator().manual_seed(0)
    tensors = [*exact.outputs, *_filled(exact.grads, points)]
    noise = [
        torch.full_like(t, epsilon * size, dtype=torch.float64)
        for t, size in zip(tensors, _sizes(exact, points), strict=True)
    ]
    for _ in range(DRAWS):
        moved = [_moved(point, epsilon, generator).requires_grad_() for point in points]
        other = pull(function, moved, [_moved(g, epsilon, generator) for g in exact.grads_y])
        changes = [*other.outputs, *_filled(other.grads, points)]
        noise = [torch.maximum(n, (a - b).abs().double()) for n, a, b in zip(noise, changes, tensors, strict=True)]
    noise = [MARGIN * n for n in noise]
    return noise[: len(exact.outputs)], noise[len(exact.outputs) :]


def _sizes(exact: Pullback, points: Sequence[Tensor]) -> list[float]:
    """The largest entries; of a gradient that is zero but for rounding, the size of what it is the sum of: |ȳ| |y| / |x|."""
    largest = max(map(magnitude, exact.grads_y)) * max(map(magnitude, exact.outputs))
    sizes = list(map(magnitude, exact.outputs))
    for grad, point in zip(_filled(exact.grads, points), points, strict=True):
        terms = largest / magnitude(point)
        sizes.append(magnitude(grad) if magnitude(grad) > 1e-12 * terms else terms)
    return sizes


def _moved(tensor: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    shifts = torch.randint(2, tensor.shape, generator=generator, dtype=torch.int64).to(tensor.device) * 2 - 1
    return tensor.detach() * (1 + epsilon * shifts.to(tensor.dtype))


def _filled(grads: Sequence[Tensor | None], points: Sequence[Tensor]) -> list[Tensor]:
    return [torch.zeros_like(p) if g is None else g for g, p in zip(grads, points, strict=True)]

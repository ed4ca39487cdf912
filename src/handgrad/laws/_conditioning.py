"""How much of a difference rounding explains, measured on the function itself.

Definition      A function that is computed with rounding error ε gives at best what the exact function gives for arguments that
                are off by ε each, so that the result is off by as much as Σᵢ |∂f/∂xᵢ| |xᵢ| ε in the worst case.
Measure         Argument after argument is moved by ε, in float64, and what moves in the results is added up. Of more arguments than
                `GROUPS`, several move at a time, each in a direction drawn.
In one tensor   the largest entry of that holds for all entries: a function of matrices mixes them, and no entry can be had better
                than the terms it is summed of. Relative to the largest entry of the result this is the mixed condition number, and
                at least ε of that entry is granted.
Margin          `MARGIN` for the steps between. Of 6774 float32 results of torch's own functions (339, up to 20 draws of arguments
                each) six were off by more than 4 times this worst case: five of ``sinc``, ``special.erfcx`` and ``special.i1e``,
                whose formulas cancel, and one (4.02 times) of the nuclear norm.
Source          I. Gohberg, I. Koltracht: Mixed, componentwise, and structured condition numbers.
                SIAM Journal on Matrix Analysis and Applications 14 (1993).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from handgrad.laws._compare import magnitude
from handgrad.laws._pullback import Outputs, Pullback, pull
from handgrad.laws._terms import terms_of

MARGIN = 4.0
GROUPS = 32
"""So many moves are made at most; `FEW` where there are more than `MANY` arguments, because then a call takes long."""
FEW = 8
MANY = 4096


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
    tensors = [*points, *exact.grads_y]

    def results(shifts: Sequence[Tensor]) -> list[Tensor]:
        moved = [tensor.detach() * (1 + shift) for tensor, shift in zip(tensors, shifts, strict=True)]
        leaves = [point.requires_grad_() for point in moved[: len(points)]]
        pulled = pull(function, leaves, moved[len(points) :])
        return [*pulled.outputs, *_filled(pulled.grads, points)]

    # once more where nothing is moved: a faulty function may since have overwritten the upstream gradients that ``exact`` is of
    still = results([torch.zeros_like(tensor) for tensor in tensors])
    worst = [torch.zeros_like(result, dtype=torch.float64) for result in still]
    for shifts in _shifts(tensors, epsilon):
        worst = [total + change for total, change in zip(worst, _changes(results, shifts, still), strict=True)]
    least = [epsilon * size for size in _sizes(exact, points, epsilon)]
    noise = [MARGIN * _of_the_largest(total).clamp(min=size) for total, size in zip(worst, least, strict=True)]
    return noise[: len(exact.outputs)], noise[len(exact.outputs) :]


def _shifts(tensors: Sequence[Tensor], epsilon: float) -> Iterator[list[Tensor]]:
    """±ε for the entries that move together, 0 for all others; every entry once."""
    generator = torch.Generator().manual_seed(0)
    sizes = [tensor.numel() for tensor in tensors]
    signs = 2.0 * torch.randint(2, (sum(sizes),), generator=generator) - 1
    groups = GROUPS if sum(sizes) <= MANY else FEW
    for group in torch.randperm(sum(sizes), generator=generator).chunk(groups):
        together = torch.zeros(sum(sizes), dtype=torch.float64)
        together[group] = epsilon * signs[group].double()
        parts = zip(together.split(sizes), tensors, strict=True)
        yield [part.reshape(tensor.shape).to(tensor) for part, tensor in parts]


def _changes(
    results: Callable[[Sequence[Tensor]], list[Tensor]], shifts: Sequence[Tensor], still: Sequence[Tensor]
) -> list[Tensor]:
    """What the results move by, absolute, when the arguments are moved; ∞ where there is no result on either side.

    Where the domain ends on one side, it is the other that counts. A result that is not finite itself does not move.
    """

    def when_moved(side: Sequence[Tensor]) -> list[Tensor]:
        try:
            moved = results(side)
        except Exception:
            moved = [torch.full_like(result, torch.nan) for result in still]  # it refuses such arguments
        changes = [(other - result).abs().double() for other, result in zip(moved, still, strict=True)]
        return [torch.where(r.isfinite(), c.nan_to_num(torch.inf), 0.0) for r, c in zip(still, changes, strict=True)]

    changes = when_moved(shifts)
    if all(bool(change.isfinite().all()) for change in changes):
        return changes
    return [torch.minimum(one, other) for one, other in zip(changes, when_moved([-s for s in shifts]), strict=True)]


def _of_the_largest(noise: Tensor) -> Tensor:
    """The largest finite entry everywhere; ∞ where there is ∞."""
    finite = noise[noise.isfinite()]
    return noise.clamp(min=float(finite.max()) if finite.numel() else 0.0)


def _sizes(exact: Pullback, points: Sequence[Tensor], epsilon: float) -> list[float]:
    """The largest entries; of a gradient that is zero but for rounding, below ε of its terms, the size of those."""
    terms = terms_of(exact.outputs, exact.grads_y, points)
    grads = map(magnitude, _filled(exact.grads, points))
    return [
        *map(magnitude, exact.outputs),
        *(grad if grad > epsilon * term else term for grad, term in zip(grads, terms, strict=True)),
    ]


def _filled(grads: Sequence[Tensor | None], points: Sequence[Tensor]) -> list[Tensor]:
    return [torch.zeros_like(p) if g is None else g for g, p in zip(grads, points, strict=True)]

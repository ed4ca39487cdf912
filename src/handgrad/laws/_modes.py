"""Derivatives of a function, as functions again: by torch's tape and by dual numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.func import vjp

from handgrad.laws._finding import NotOfferedError
from handgrad.laws._subject import Subject

Function = Callable[..., tuple[Tensor, ...]]


def gradients(
    outputs: Sequence[Tensor], leaves: Sequence[Tensor], grads: Sequence[Tensor | None], create_graph: bool = False
) -> tuple[Tensor, ...]:
    """The gradients of the leaves, zeros where there is none; outputs without a graph count as constants."""
    alive = [
        (output, grad) for output, grad in zip(outputs, grads, strict=True) if output.requires_grad and grad is not None
    ]
    if not alive:
        return tuple(torch.zeros_like(leaf) for leaf in leaves)
    found = torch.autograd.grad(
        [output for output, _ in alive],
        leaves,
        [grad for _, grad in alive],
        create_graph=create_graph,
        retain_graph=True,
        allow_unused=True,
    )
    return tuple(torch.zeros_like(leaf) if grad is None else grad for leaf, grad in zip(leaves, found, strict=True))


def pullback(function: Function, arguments: int) -> Function:
    """(x, ȳ) ↦ Jᵀȳ by the tape, itself on the tape where the mode says so."""

    def reverse(*tensors: Tensor) -> tuple[Tensor, ...]:
        recorded = torch.is_grad_enabled()
        with torch.enable_grad():
            xs = [x if x.requires_grad else x.detach().requires_grad_() for x in tensors[:arguments]]
            found = gradients(function(*xs), xs, tensors[arguments:], create_graph=recorded)
        return found if recorded else tuple(grad.detach() for grad in found)

    return reverse


def pushforward(function: Function, arguments: int) -> Function:
    """(x, ẋ) ↦ Jẋ by dual numbers."""

    def forward(*tensors: Tensor) -> tuple[Tensor, ...]:
        return dual(function, tensors[:arguments], tensors[arguments:])

    return forward


def func_pullback(function: Function, points: Sequence[Tensor]) -> tuple[tuple[Tensor, ...], Function]:
    """The outputs, and ȳ ↦ Jᵀȳ, by ``torch.func.vjp``."""
    outputs, pull = vjp(function, *points)[:2]
    return outputs, pull


def dual(function: Function, xs: Sequence[Tensor], tangents: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """The derivative along the tangents, by dual numbers; zeros where an output has none. None: the argument is constant."""
    with forward_ad.dual_level():
        duals = [x if t is None else forward_ad.make_dual(x, t) for x, t in zip(xs, tangents, strict=True)]
        pairs = [forward_ad.unpack_dual(output) for output in function(*duals)]
        return tuple(torch.zeros_like(y) if tangent is None else tangent for y, tangent in pairs)


def unless_refused_in_place(judge: Callable[[Subject], str | None]) -> Callable[[Subject], str | None]:
    """The judge; the tape's refusal of a formula that works in place, as torch's own softmax does in forward mode, is no offer.

    For higher derivatives only: the first must not meet it.
    """

    def judged(subject: Subject) -> str | None:
        try:
            return judge(subject)
        except RuntimeError as error:
            if "modified by an inplace operation" in str(error) or "in-place operation" in str(error):
                raise NotOfferedError("a formula works in place, and torch refuses to differentiate it") from None
            raise

    return judged

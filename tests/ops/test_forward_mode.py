"""Forward mode: dual numbers, alone and mixed with the tape."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor
from torch.autograd import forward_ad

from cases import Case, Op
from gradients import over_cases, upstream


def directional(op: Op, primals: list[Tensor], tangents: list[Tensor | None]) -> tuple[Tensor, Tensor]:
    """Value and derivative along the tangents, by dual numbers."""
    with forward_ad.dual_level():
        duals = [
            primal if tangent is None else forward_ad.make_dual(primal, tangent)
            for primal, tangent in zip(primals, tangents, strict=True)
        ]
        y, tangent_y = forward_ad.unpack_dual(op(*duals))
    assert tangent_y is not None
    return y, tangent_y


def all_tangents(case: Case, primals: list[Tensor]) -> list[Tensor | None]:
    places = case.differentiable
    return [upstream(primal.detach(), seed=i) if i in places else None for i, primal in enumerate(primals)]


@over_cases
def test_dual_numbers(case: Case, device: str) -> None:
    primals = case.arguments(device=device)
    tangents = all_tangents(case, primals)
    torch.testing.assert_close(directional(case.ours, primals, tangents), directional(case.native, primals, tangents))


@over_cases
def test_tangents_keep_the_dtype(case: Case) -> None:
    for dtype in (torch.float32, torch.bfloat16):
        primals = case.arguments(dtype)
        y, tangent_y = directional(case.ours, primals, all_tangents(case, primals))
        assert (tangent_y.dtype, tangent_y.shape) == (y.dtype, y.shape) == (dtype, case.ours(*primals).shape)


@over_cases
def test_every_subset_of_tangents(case: Case) -> None:
    primals = case.arguments()
    everything = all_tangents(case, primals)
    for chosen in product((False, True), repeat=len(case.differentiable)):
        if not any(chosen):
            continue
        tangents: list[Tensor | None] = [None] * len(primals)
        for place, has_one in zip(case.differentiable, chosen, strict=True):
            tangents[place] = everything[place] if has_one else None
        torch.testing.assert_close(
            directional(case.ours, primals, tangents), directional(case.native, primals, tangents)
        )


@over_cases
def test_forward_over_reverse_with_dual_numbers(case: Case) -> None:
    def slope(op: Op, *leaves: Tensor) -> Tensor:
        y = op(*leaves)
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        grads = torch.autograd.grad(y, wanted, upstream(y.detach()).requires_grad_(), create_graph=True)
        return sum((g * upstream(g.detach(), seed=9)).sum() for g in grads)

    results = []
    for op in (case.ours, case.native):
        leaves = case.leaves()
        results.append(_tangent_or_zero(lambda *a, op=op: slope(op, *a), leaves, all_tangents(case, leaves)))
    torch.testing.assert_close(*results)


@over_cases
def test_reverse_over_forward_with_dual_numbers(case: Case) -> None:
    results = []
    for op in (case.ours, case.oracle):
        leaves = case.leaves()
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        _, tangent_y = directional(op, leaves, all_tangents(case, leaves))
        if not tangent_y.requires_grad:  # relu and linear in x alone: the derivative is constant
            results.append([torch.zeros_like(leaf) for leaf in wanted])
            continue
        results.append(list(torch.autograd.grad(tangent_y.sum(), wanted, materialize_grads=True)))
    torch.testing.assert_close(*results)


def _tangent_or_zero(op: Op, primals: list[Tensor], tangents: list[Tensor | None]) -> Tensor:
    with forward_ad.dual_level():
        duals = [
            primal if tangent is None else forward_ad.make_dual(primal, tangent)
            for primal, tangent in zip(primals, tangents, strict=True)
        ]
        y, tangent_y = forward_ad.unpack_dual(op(*duals))
    return torch.zeros_like(y) if tangent_y is None else tangent_y.detach()

"""vmap: alone, nested, and in both orders with grad and jvp."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor
from torch.func import grad, jvp, vmap

from cases import Case, Op
from gradients import over_cases, upstream


def stacked(case: Case, dim: int = 0) -> list[Tensor]:
    """Three draws of every tensor, side by side."""
    return [
        torch.stack(draws, dim) for draws in zip(*(case.arguments(n=2, seed=seed) for seed in range(3)), strict=True)
    ]


def scalar(op: Op) -> Op:
    def weighted(*tensors: Tensor) -> Tensor:
        y = op(*tensors)
        return (y * upstream(y)).sum()

    return weighted


def slopes(case: Case, op: Op) -> Op:
    return grad(scalar(op), argnums=case.differentiable)


def tangent(case: Case, op: Op) -> Op:
    """The derivative of the op along a fixed direction in its differentiable tensors."""

    def derivative(*tensors: Tensor) -> Tensor:
        function = case.of_differentiable(op, tensors)
        xs = tuple(tensors[i] for i in case.differentiable)
        directions = tuple(upstream(x) for x in xs)
        return jvp(function, xs, directions)[1]

    return derivative


def assert_same(case: Case, transform: Op, *tensors: Tensor) -> None:
    torch.testing.assert_close(transform(case.ours)(*tensors), transform(case.native)(*tensors))


def one_by_one(case: Case, op: Op) -> Tensor:
    return torch.stack([op(*case.arguments(n=2, seed=seed)) for seed in range(3)])


@over_cases
def test_vmap(case: Case) -> None:
    torch.testing.assert_close(vmap(case.ours)(*stacked(case)), one_by_one(case, case.ours))


@over_cases
def test_vmap_over_the_last_dimension(case: Case) -> None:
    y = vmap(case.ours, in_dims=-1, out_dims=-1, chunk_size=2)(*stacked(case, dim=-1))
    torch.testing.assert_close(y, one_by_one(case, case.ours).movedim(0, -1))


@over_cases
def test_vmap_of_every_subset_of_arguments(case: Case) -> None:
    fixed, several = case.arguments(n=2), stacked(case)
    for chosen in product((False, True), repeat=len(fixed)):
        if not any(chosen):
            continue
        mixed = [many if batched else one for one, many, batched in zip(fixed, several, chosen, strict=True)]
        in_dims = tuple(0 if batched else None for batched in chosen)
        for row in range(3):
            single = [t[row] if batched else t for t, batched in zip(mixed, chosen, strict=True)]
            torch.testing.assert_close(vmap(case.ours, in_dims)(*mixed)[row], case.native(*single))
            batched_slopes = vmap(slopes(case, case.ours), in_dims)(*mixed)
            torch.testing.assert_close(tuple(g[row] for g in batched_slopes), slopes(case, case.native)(*single))


@over_cases
def test_vmap_of_vmap(case: Case) -> None:
    tensors = [torch.stack([t, t.flip(0)], 1) for t in stacked(case)]
    assert_same(case, lambda op: vmap(vmap(op)), *tensors)


@over_cases
def test_vmap_of_grad(case: Case) -> None:
    assert_same(case, lambda op: vmap(slopes(case, op)), *stacked(case))


@over_cases
def test_vmap_of_vmap_of_grad(case: Case) -> None:
    tensors = [torch.stack([t, t.flip(0)], 1) for t in stacked(case)]
    assert_same(case, lambda op: vmap(vmap(slopes(case, op))), *tensors)


@over_cases
def test_grad_of_vmap(case: Case) -> None:
    assert_same(case, lambda op: slopes(case, vmap(op)), *stacked(case))


@over_cases
def test_vmap_of_jvp(case: Case) -> None:
    assert_same(case, lambda op: vmap(tangent(case, op)), *stacked(case))


@over_cases
def test_jvp_of_vmap(case: Case) -> None:
    assert_same(case, lambda op: tangent(case, vmap(op)), *stacked(case))


@over_cases
def test_backward_through_vmap(case: Case) -> None:
    leaves = stacked(case)
    for i in case.differentiable:
        leaves[i].requires_grad_()
    grads = torch.autograd.grad(vmap(case.ours)(*leaves).sum(), [leaves[i] for i in case.differentiable])
    for row in range(3):
        single = case.leaves(n=2, seed=row)
        expected = torch.autograd.grad(case.native(*single).sum(), [single[i] for i in case.differentiable])
        torch.testing.assert_close([g[row] for g in grads], list(expected))


def test_vmap_with_randomness_is_not_needed() -> None:
    from handgrad.ops import relu

    assert vmap(relu, randomness="error")(torch.tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]


@pytest.mark.parametrize("order", ["vmap grad grad", "grad vmap grad"])
@over_cases
def test_second_derivatives_with_vmap(case: Case, order: str) -> None:
    def slope(op: Op) -> Op:
        return lambda *tensors: sum(g.square().sum() for g in slopes(case, op)(*tensors))

    def transform(op: Op) -> Op:
        if order == "vmap grad grad":
            return vmap(grad(slope(op), argnums=case.differentiable))
        return grad(lambda *tensors: vmap(slope(op))(*tensors).sum(), argnums=case.differentiable)

    assert_same(case, transform, *stacked(case))

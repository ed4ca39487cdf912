"""torch.func: every transform, and every nesting of forward and reverse to order 3."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor
from torch.func import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp

from cases import Case, Op
from gradients import over_cases, upstream

WORDS = ["".join(word) for order in (1, 2, 3) for word in product("FR", repeat=order)]


def scalar(case: Case, op: Op) -> Op:
    """The op of its differentiable tensors, weighted to a scalar."""
    function = case.of_differentiable(op, case.arguments(n=2))

    def weighted(*tensors: Tensor) -> Tensor:
        y = function(*tensors)
        return (y * upstream(y)).sum()

    return weighted


def points(case: Case) -> tuple[Tensor, ...]:
    arguments = case.arguments(n=2)
    return tuple(arguments[i] for i in case.differentiable)


def forward(function: Op, order: int) -> Op:
    """The derivative along a fixed direction, by forward mode."""
    return lambda *xs: jvp(function, xs, tuple(upstream(x, seed=order) for x in xs))[1]


def reverse(function: Op, order: int) -> Op:
    """The derivative along a fixed direction, by reverse mode."""

    def slope(*xs: Tensor) -> Tensor:
        grads = grad(function, argnums=tuple(range(len(xs))))(*xs)
        return sum((g * upstream(g, seed=order)).sum() for g in grads)

    return slope


@pytest.mark.parametrize("word", WORDS)
@over_cases
def test_every_nesting(case: Case, word: str) -> None:
    """The oracle is torch's own op where torch can do the nesting."""
    results = []
    for op in (case.ours, case.oracle):
        function = scalar(case, op)
        for order, letter in enumerate(word):
            function = forward(function, order) if letter == "F" else reverse(function, order)
        results.append(function(*points(case)))
    torch.testing.assert_close(*results)


def _arguments(case: Case) -> tuple[int, ...]:
    return tuple(range(len(case.differentiable)))


@over_cases
def test_grad(case: Case) -> None:
    ours, native = (
        grad_and_value(scalar(case, op), _arguments(case))(*points(case)) for op in (case.ours, case.native)
    )
    torch.testing.assert_close(ours, native)


@over_cases
def test_vjp(case: Case) -> None:
    results = []
    for op in (case.ours, case.native):
        y, pullback = vjp(case.of_differentiable(op, case.arguments(n=2)), *points(case))
        results.append((y, pullback(upstream(y))))
    torch.testing.assert_close(*results)


@over_cases
def test_jvp(case: Case) -> None:
    tangents = tuple(upstream(x) for x in points(case))
    ours, native = (
        jvp(case.of_differentiable(op, case.arguments(n=2)), points(case), tangents) for op in (case.ours, case.native)
    )
    torch.testing.assert_close(ours, native)


@pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node")  # torch.func.linearize itself
@over_cases
def test_linearize(case: Case) -> None:
    several = [tuple(upstream(x, seed) for x in points(case)) for seed in range(3)]
    results = []
    for op in (case.ours, case.native):
        y, push = linearize(case.of_differentiable(op, case.arguments(n=2)), *points(case))
        results.append((y, *(push(*tangents) for tangents in several)))
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("transform", [jacrev, jacfwd], ids=["jacrev", "jacfwd"])
@over_cases
def test_jacobian(case: Case, transform: Op) -> None:
    ours, native = (
        transform(case.of_differentiable(op, case.arguments(n=2)), _arguments(case))(*points(case))
        for op in (case.ours, case.native)
    )
    torch.testing.assert_close(ours, native)


def reverse_hessian(function: Op, arguments: tuple[int, ...]) -> Op:
    return jacrev(jacrev(function, arguments), arguments)


def forward_hessian(function: Op, arguments: tuple[int, ...]) -> Op:
    return jacfwd(jacfwd(function, arguments), arguments)


def mixed_hessian(function: Op, arguments: tuple[int, ...]) -> Op:
    return jacrev(jacfwd(function, arguments), arguments)


@pytest.mark.parametrize("transform", [hessian, reverse_hessian, forward_hessian, mixed_hessian])
@over_cases
def test_hessian(case: Case, transform: Op) -> None:
    ours, native = (transform(scalar(case, op), _arguments(case))(*points(case)) for op in (case.ours, case.native))
    torch.testing.assert_close(ours, native)

"""Programs compute what torch computes from the same graph."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from handgrad.engine.cpp import UntranslatableError, compiled, program, traced


def _run(function: Callable[..., list[Tensor]], *inputs: Tensor) -> list[Tensor]:
    """What a program leaves in states of the shapes of the function's results."""
    states = [torch.full_like(own, torch.nan) for own in function(*inputs)]

    def step(*tensors: Tensor) -> list[Tensor]:
        return [tensors[0].sum(), *(own * 1 for own in function(*tensors[: len(inputs)]))]

    graph = traced(step, *inputs, *states).graph
    text = program(graph, 0, [[len(inputs) + position] for position in range(len(states))])
    addresses = [own.data_ptr() for own in (*inputs, *states)]
    working, value = torch.empty(text.working_memory, dtype=torch.uint8), torch.empty(1, dtype=text.dtype)
    table = (ctypes.c_void_p * len(addresses))(*addresses)
    compiled(text.source)(1, table, working.data_ptr(), value.data_ptr())
    torch.testing.assert_close(value[0], inputs[0].sum())
    return states


SIZES = [(1, 1, 1), (3, 2, 5), (7, 3, 20), (13, 70, 9), (12, 16, 4), (25, 31, 1), (2, 17, 1500)]


@pytest.mark.parametrize("turned", [(), (0,), (1,)], ids=["as they are", "first turned", "second turned"])
def test_products_of_all_kinds_of_sizes(turned: tuple[int, ...]) -> None:
    """In one program: the products side by side in one state, each computed from a factor as it lies or from its transpose."""
    torch.manual_seed(0)
    pairs = [(torch.randn(m, k), torch.randn(k, n)) for m, n, k in SIZES]
    factors = [own.T.contiguous() if place in turned else own for pair in pairs for place, own in enumerate(pair)]

    def results(*given: Tensor) -> list[Tensor]:
        straight = [own.T if place % 2 in turned else own for place, own in enumerate(given)]
        return [a @ b for a, b in zip(straight[::2], straight[1::2], strict=True)]

    for (a, b), result in zip(pairs, _run(results, *factors), strict=True):
        bound = a.double().abs() @ b.double().abs()
        assert ((result - a.double() @ b.double()).abs() <= 16 * torch.finfo(torch.float32).eps * bound).all()


FORMULAS: list[Callable[[Tensor, Tensor], Tensor]] = [
    lambda x, y: x.softmax(1).log() + y.log_softmax(1),
    lambda x, y: (x - y.sum(0)) * y.sum(1, keepdim=True) / x.mean(),
    lambda x, y: torch.where(x > 0.3, x.tanh(), y.sigmoid()).clamp(-0.2, 0.6),
    lambda x, y: x.reshape(3, 2, 5).transpose(1, 2).reshape(5, 6).T.cosh() * 2.5 - y.abs().sum(),
    lambda x, y: x.expand(4, 6, 5).sum([0, 1]) + y.maximum(x).exp().sqrt().reciprocal(),
    lambda x, y: torch.where(~(x > y), x, y.minimum(x)) * (x == x).sum(),
]


def test_formulas() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(2, 6, 5, dtype=torch.float64).unbind()
    for result, formula in zip(_run(lambda x, y: [own(x, y) for own in FORMULAS], x, y), FORMULAS, strict=True):
        torch.testing.assert_close(result, formula(x, y), rtol=1e-13, atol=1e-14)


NUMBERS = [float("nan"), float("inf"), float("-inf"), -0.0, 0.1, 1e-300]


def test_numbers_are_written_exactly() -> None:
    x = torch.ones(3, dtype=torch.float64)
    filled = [torch.full_like(x, value) for value in NUMBERS]
    results = _run(lambda x: [torch.where(x > 0, x.new_full((), value), x) for value in NUMBERS], x)
    for result, expected in zip(results, filled, strict=True):
        torch.testing.assert_close(result, expected, rtol=0, atol=0, equal_nan=True)
        assert torch.equal(result.signbit(), expected.signbit())


def test_what_is_changed_in_place_is_refused() -> None:
    with pytest.raises(NotImplementedError, match=r"aten.add_.Tensor changes a tensor in place"):
        traced(lambda x: [x.clone().add_(1).sum()], torch.ones(3))


def test_what_has_no_cpp_is_named() -> None:
    with pytest.raises(UntranslatableError, match=r"no C\+\+ is written down for aten.lgamma"):
        _run(lambda x: [x.lgamma()], torch.ones(3))

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
    lambda x, y: x * ((x > 0).long() > 0.5) + (x.float() < 0.1) * y,
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


def _copied(x: Tensor, base: Tensor, into: Tensor) -> list[Tensor]:
    into.copy_(x)
    return [base.sum()]


def test_terms_of_addmm_that_are_scaled_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="for addmm with beta 2 and alpha 1"):
        traced(lambda c, a, b: [torch.addmm(c, a, b, beta=2)], *torch.ones(3, 2, 2))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: [x.clone().add_(1).sum()],
        lambda x: [x.copy_(x + 1).sum()],
        lambda x: _copied(x, base := x * 2, base.view(3)),
        lambda x: (base := x * 2, view := base.view(1, 3), base.copy_(x)) and [view.sum()],
    ],
)
def test_what_is_changed_in_place_is_refused(function: Callable[[Tensor], list[Tensor]]) -> None:
    with pytest.raises(NotImplementedError, match="changes a tensor in place"):
        traced(function, torch.ones(3))


def test_a_copy_into_a_tensor_is_read_by_those_who_come_later() -> None:
    def function(x: Tensor) -> list[Tensor]:
        before = x * 2
        early = before + 1
        return [early, before.copy_(x) + 0.5, before * 3]

    results = _run(function, torch.tensor([1.0, 2.0]))
    torch.testing.assert_close(torch.stack(results), torch.tensor([[3.0, 5.0], [1.5, 2.5], [3.0, 6.0]]))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: [x.lgamma()], "aten.lgamma"),
        (lambda x: [torch.add(x, x, alpha=3)], "aten.add.Tensor"),
        (lambda x: [torch.rsub(x, 2, alpha=3)], "aten.(rsub|mul|sub)"),
        (lambda x: [x.exp()[:, None] @ x[:1, None].expand(3, 3)[:1]], "products|aten.slice"),
        (lambda x: [x.cumsum(0)], "aten.cumsum"),
    ],
)
def test_what_has_no_cpp_is_named(function: Callable[[Tensor], list[Tensor]], name: str) -> None:
    with pytest.raises(UntranslatableError, match=rf"no C\+\+ is written down for ({name})"):
        _run(function, torch.ones(3))


def test_states_that_depend_on_one_another_are_refused() -> None:
    graph = traced(lambda x, y: [x.sum(), x + y, y + x], torch.ones(3), torch.ones(3)).graph
    with pytest.raises(UntranslatableError, match=r"changes of .* that depend on one another"):
        program(graph, 0, [[0], [1]])
    assert "steps" in program(graph, 0, [[0, 1]]).source


def test_memory_is_used_again() -> None:
    x = torch.ones(64, 64)

    def step(x: Tensor) -> list[Tensor]:
        y = x
        for _ in range(20):
            y = torch.mm(y, x).exp()
        return [y.sum()]

    assert program(traced(step, x).graph, 0, []).working_memory <= 3 * 64 * 64 * 4


def test_a_gradient_that_only_a_change_reads_takes_a_strip_of_memory() -> None:
    x, weight = torch.ones(8, 512), torch.ones(512, 512)

    def step(x: Tensor, weight: Tensor) -> list[Tensor]:
        y = x @ weight
        return [y.sum(), weight - 0.5 * (x.mT @ y)]

    assert program(traced(step, x, weight).graph, 0, [[1]]).working_memory < weight.numel() * 4 / 2


def test_a_state_changes_when_nobody_reads_it_any_more() -> None:
    """The gradient of the state is there before the last product with the state is."""

    def step(x: Tensor, weight: Tensor) -> list[Tensor]:
        gradient, last = x.mT @ x, x @ weight
        return [(last * last).sum(), weight - gradient]

    x, weight = torch.randn(4, 3), torch.randn(3, 3)
    expected = step(x, weight)
    text = program(traced(step, x, weight).graph, 0, [[1]])
    working, value = torch.empty(text.working_memory, dtype=torch.uint8), torch.empty(1)
    compiled(text.source)(
        1, (ctypes.c_void_p * 2)(x.data_ptr(), weight.data_ptr()), working.data_ptr(), value.data_ptr()
    )
    torch.testing.assert_close([value[0], weight], expected)

"""Our promise beyond the laws: no derivative of any order runs a backward kernel of torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor
from torch.autograd.profiler import profile
from torch.fx.experimental.proxy_tensor import make_fx

from cases import Case
from gradients import over_cases, upstream, value_and_gradients


def kernels(run: Callable[[], object]) -> list[str]:
    """The names of torch's operations that ``run`` calls. (Where a dispatch mode looks, rules take another way.)"""
    with profile() as profiled:
        run()
    return [event.name for event in profiled.function_events if event.name.startswith("aten::")]


def assert_none_is_backward(names: Sequence[str]) -> None:
    assert names
    assert not [name for name in names if "backward" in name]


@over_cases
def test_backward_runs_none_of_the_kernels_of_torch(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    wanted, grad_y = [t for t in leaves if t.requires_grad], upstream(y)
    assert_none_is_backward(kernels(lambda: torch.autograd.grad(y, wanted, grad_y)))


def test_a_backward_kernel_of_torch_would_be_seen() -> None:
    x = torch.ones(3, requires_grad=True)
    names = kernels(torch.sigmoid(x).sum().backward)
    with pytest.raises(AssertionError):
        assert_none_is_backward(names)


@over_cases
def test_jvp_runs_none_of_the_kernels_of_torch(case: Case) -> None:
    arguments = case.arguments()
    xs = tuple(arguments[i] for i in case.differentiable)
    function = case.of_differentiable(case.ours, arguments)
    assert_none_is_backward(kernels(lambda: torch.func.jvp(function, xs, tuple(map(upstream, xs)))))


@over_cases
def test_second_derivative_runs_none_of_the_kernels_of_torch(case: Case) -> None:
    leaves = case.leaves()
    wanted = [t for t in leaves if t.requires_grad]
    y = case.ours(*leaves)
    grad_y = upstream(y).requires_grad_()
    grads = torch.autograd.grad(y, wanted, grad_y, create_graph=True)
    inputs, vectors = [grad_y, *wanted], list(map(upstream, grads))
    assert_none_is_backward(
        kernels(lambda: torch.autograd.grad(grads, inputs, vectors, allow_unused=True, create_graph=True))
    )


@over_cases
def test_traced_joint_graph_has_none_of_the_kernels_of_torch(case: Case) -> None:
    def joint(*tensors: Tensor) -> list[Tensor]:
        leaves = list(tensors)
        for i in case.differentiable:
            leaves[i] = leaves[i].detach().requires_grad_()
        return value_and_gradients(case.ours, leaves)

    graph = make_fx(joint, tracing_mode="symbolic")(*case.arguments())
    assert_none_is_backward([str(node.target) for node in graph.graph.nodes if node.op == "call_function"])

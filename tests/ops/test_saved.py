"""What a graph keeps: exactly what the page promises under *Saved*, no copies, no cycles; and what a backward runs."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode

from cases import Case
from gradients import over_cases, upstream


def storage(tensor: Tensor) -> tuple[int, tuple[int, ...]]:
    return tensor.untyped_storage().data_ptr(), tuple(tensor.shape)


@over_cases
def test_exactly_the_promised_tensors_are_saved(case: Case) -> None:
    leaves = case.leaves()
    kept: list[Tensor] = []
    with saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        y = case.ours(*leaves)
    promised = [y if name == "output" else leaves[case.parameters.index(name)] for name in case.saved]
    assert sorted(map(storage, kept)) == sorted(map(storage, promised))


@over_cases
def test_nothing_is_saved_when_nothing_needs_a_gradient(case: Case) -> None:
    kept: list[Tensor] = []
    with saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        case.ours(*case.arguments())
        with torch.no_grad():
            case.ours(*case.leaves())
    assert kept == []


@over_cases
def test_saved_tensors_may_live_elsewhere(case: Case) -> None:
    """As in torch.autograd.graph.save_on_cpu: packed into something else, unpacked once."""
    unpacked = []
    leaves = case.leaves()
    with saved_tensors_hooks(lambda t: t.detach().numpy().copy(), lambda a: unpacked.append(1) or torch.from_numpy(a)):
        y = case.ours(*leaves)
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    grads = torch.autograd.grad(y, wanted, upstream(y))
    z = case.native(*leaves)
    torch.testing.assert_close(grads, torch.autograd.grad(z, wanted, upstream(z)))
    assert len(unpacked) == len(case.saved)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Without the garbage collector, what a reference cycle holds stays."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@over_cases
def test_a_freed_graph_leaves_nothing_behind(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    grad_fn = weakref.ref(y.grad_fn)
    tensors = [weakref.ref(t) for t in (*leaves, y)]
    y.sum().backward()
    del leaves, y
    assert grad_fn() is None
    assert [t() for t in tensors] == [None] * len(tensors)


@pytest.mark.usefixtures("no_collector")
@over_cases
def test_a_graph_that_never_ran_backward_leaves_nothing_behind(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    tensors = [weakref.ref(t) for t in (*leaves, y)]
    grads = torch.autograd.grad(y.sum(), [t for t in leaves if t.requires_grad], create_graph=True)
    tensors += [weakref.ref(g) for g in grads]
    del leaves, y, grads
    assert [t() for t in tensors] == [None] * len(tensors)


class Dispatched(TorchDispatchMode):
    """The names of the aten operations that run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(str(function))
        return function(*args, **(kwargs or {}))

    @property
    def backward_kernels(self) -> list[str]:
        return [name for name in self.names if "backward" in name]


@over_cases
def test_backward_runs_none_of_the_kernels_of_torch(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    with Dispatched() as dispatched:
        torch.autograd.grad(y, [t for t in leaves if t.requires_grad], upstream(y))
    assert dispatched.names
    assert dispatched.backward_kernels == []


@over_cases
def test_jvp_runs_none_of_the_kernels_of_torch(case: Case) -> None:
    arguments = case.arguments()
    xs = tuple(arguments[i] for i in case.differentiable)
    with Dispatched() as dispatched:
        torch.func.jvp(case.of_differentiable(case.ours, arguments), xs, tuple(map(upstream, xs)))
    assert dispatched.backward_kernels == []


@over_cases
def test_second_derivative_runs_none_of_the_kernels_of_torch(case: Case) -> None:
    leaves = case.leaves()
    wanted = [t for t in leaves if t.requires_grad]
    y = case.ours(*leaves)
    grad_y = upstream(y).requires_grad_()
    grads = torch.autograd.grad(y, wanted, grad_y, create_graph=True)
    with Dispatched() as dispatched:
        torch.autograd.grad(grads, [grad_y, *wanted], list(map(upstream, grads)), allow_unused=True, create_graph=True)
    assert dispatched.names
    assert dispatched.backward_kernels == []

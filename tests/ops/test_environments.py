"""Where an op may be called: other tensors, other modes, other threads, checkpoints, tracers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.testing._internal.two_tensor import TwoTensor
from torch.utils.checkpoint import checkpoint

from cases import Case, Op
from gradients import over_cases, upstream, value_and_gradients


@over_cases
def test_meta_tensors(case: Case) -> None:
    real, meta = case.leaves(torch.float32), [t.detach().to("meta") for t in case.arguments(torch.float32)]
    for i in case.differentiable:
        meta[i].requires_grad_()
    for got, wanted in zip(value_and_gradients(case.ours, meta), value_and_gradients(case.ours, real), strict=True):
        assert got.is_meta
        assert (got.shape, got.dtype, got.stride()) == (wanted.shape, wanted.dtype, wanted.stride())


@over_cases
def test_fake_tensors(case: Case) -> None:
    with FakeTensorMode() as mode:
        fakes = [mode.from_tensor(t) for t in case.arguments(torch.float32)]
        for i in case.differentiable:
            fakes[i].requires_grad_()
        results = value_and_gradients(case.ours, fakes)
    for got, wanted in zip(results, value_and_gradients(case.ours, case.leaves(torch.float32)), strict=True):
        assert isinstance(got, FakeTensor)
        assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)


class Named(Tensor):
    """A subclass by __torch_function__, the inherited one."""


@over_cases
def test_tensor_subclass(case: Case) -> None:
    leaves = case.leaves()
    named = [t.detach().as_subclass(Named) for t in leaves]
    for i in case.differentiable:
        named[i].requires_grad_()
    for op in (case.ours, case.native):
        y = op(*named)
        assert type(y) is Named
    y = case.ours(*named)
    y.backward(upstream(y.detach()).as_subclass(Tensor))
    native = case.leaves()
    z = case.native(*native)
    z.backward(upstream(z.detach()))
    for i in case.differentiable:
        torch.testing.assert_close(named[i].grad.as_subclass(Tensor), native[i].grad)


@over_cases
def test_wrapper_subclass(case: Case) -> None:
    """A subclass by __torch_dispatch__, which sees every aten operation; this one runs them on two tensors at once."""
    pairs = list(zip(case.arguments(), case.arguments(seed=1), strict=True))
    leaves = [TwoTensor(a, b) for a, b in pairs]
    for i in case.differentiable:
        leaves[i].requires_grad_()
    y = case.ours(*leaves)
    y.sum().backward()
    for half, seed in (("a", 0), ("b", 1)):
        single = case.leaves(seed=seed)
        z = case.native(*single)
        z.sum().backward()
        torch.testing.assert_close(getattr(y, half).detach(), z.detach())
        for i in case.differentiable:
            torch.testing.assert_close(getattr(leaves[i].grad, half), single[i].grad)


@over_cases
def test_parameters(case: Case) -> None:
    arguments = case.arguments()
    for i in case.differentiable:
        arguments[i] = torch.nn.Parameter(arguments[i])
    torch.testing.assert_close(value_and_gradients(case.ours, arguments), value_and_gradients(case.native, arguments))


@over_cases
def test_inference_mode(case: Case) -> None:
    with torch.inference_mode():
        y = case.ours(*case.arguments())
    assert y.is_inference()
    torch.testing.assert_close(y.clone(), case.native(*case.arguments()))


@over_cases
def test_no_grad(case: Case) -> None:
    with torch.no_grad():
        y = case.ours(*case.leaves())
    assert not y.requires_grad
    torch.testing.assert_close(y, case.native(*case.arguments()))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode], ids=["no_grad", "inference_mode"])
@over_cases
def test_torch_func_differentiates_where_the_tape_is_off(
    case: Case, mode: Callable[[], AbstractContextManager]
) -> None:
    results = []
    for op in (case.ours, case.native):
        with mode():
            arguments = case.arguments()
            xs = tuple(arguments[i] for i in case.differentiable)
            function = case.of_differentiable(op, arguments)
            y, tangent_y = torch.func.jvp(function, xs, tuple(map(upstream, xs)))
            grads = torch.func.vjp(function, *xs)[1](upstream(y))
        results.append([t.clone() for t in (y, tangent_y, *grads)])
    torch.testing.assert_close(*results)


@over_cases
def test_tensors_that_escaped_from_a_transform_are_ordinary(case: Case) -> None:
    escaped: list[Tensor] = []

    def leak(*tensors: Tensor) -> Tensor:
        escaped.extend(tensors)
        return case.ours(*tensors).sum()

    torch.func.grad(leak, argnums=case.differentiable)(*case.arguments())
    torch.testing.assert_close(case.ours(*escaped), case.native(*case.arguments()))
    with torch.no_grad():
        torch.testing.assert_close(case.ours(*escaped), case.native(*case.arguments()))


@pytest.mark.filterwarnings("ignore:Anomaly Detection has been enabled")  # torch says so whenever it is
@over_cases
def test_anomaly_mode(case: Case) -> None:
    with torch.autograd.detect_anomaly():
        ours = value_and_gradients(case.ours, case.leaves())
    torch.testing.assert_close(ours, value_and_gradients(case.native, case.leaves()))


@over_cases
def test_threads(case: Case) -> None:
    def work(seed: int) -> list[Tensor]:
        return value_and_gradients(case.ours, case.leaves(seed=seed))

    with ThreadPoolExecutor(4) as pool:
        for seed, ours in enumerate(pool.map(work, range(8))):
            torch.testing.assert_close(ours, value_and_gradients(case.native, case.leaves(seed=seed)))


@over_cases
def test_transforms_in_threads(case: Case) -> None:
    """Reverse mode and vmap; torch's level of forward mode is one for all threads, so no op can be pushed forward in two."""

    def work(op: Op, seed: int) -> tuple[Tensor, ...]:
        slopes = torch.func.grad(lambda *tensors: op(*tensors).square().sum(), argnums=case.differentiable)
        return torch.func.vmap(slopes)(*(t.unsqueeze(0) for t in case.arguments(seed=seed)))

    with ThreadPoolExecutor(4) as pool:
        for seed, ours in enumerate(pool.map(partial(work, case.ours), range(8))):
            torch.testing.assert_close(ours, work(case.native, seed))


@pytest.mark.parametrize("use_reentrant", [True, False], ids=["reentrant", "non-reentrant"])
@over_cases
def test_activation_checkpoint(case: Case, use_reentrant: bool) -> None:
    def checkpointed(*leaves: Tensor) -> Tensor:
        return checkpoint(case.ours, *leaves, use_reentrant=use_reentrant)

    torch.testing.assert_close(by_backward(checkpointed, case), by_backward(case.native, case))


def by_backward(op: Op, case: Case) -> list[Tensor]:
    """By ``backward``; a reentrant checkpoint refuses ``torch.autograd.grad``."""
    leaves = case.leaves()
    y = op(*leaves)
    y.backward(upstream(y.detach()))
    return [y.detach(), *(leaves[i].grad for i in case.differentiable)]


@over_cases
def test_second_derivative_through_a_checkpoint(case: Case) -> None:
    results = []
    for op in (lambda *leaves: checkpoint(case.ours, *leaves, use_reentrant=False), case.native):
        leaves = case.leaves()
        wanted = [t for t in leaves if t.requires_grad]
        y = op(*leaves)
        grad_y = upstream(y.detach()).requires_grad_()
        grads = torch.autograd.grad(y, wanted, grad_y, create_graph=True)
        results.append(
            torch.autograd.grad(grads, [grad_y, *wanted], list(map(upstream, grads)), materialize_grads=True)
        )
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
@over_cases
def test_traced_joint_graph(case: Case, mode: str) -> None:
    """Forward and backward as one graph of aten operations, none of them torch's own backward kernels."""

    def joint(*tensors: Tensor) -> list[Tensor]:
        leaves = list(tensors)
        for i in case.differentiable:
            leaves[i] = leaves[i].detach().requires_grad_()
        return value_and_gradients(case.ours, leaves)

    graph = make_fx(joint, tracing_mode=mode)(*case.arguments())
    targets = [str(node.target) for node in graph.graph.nodes if node.op == "call_function"]
    assert not [target for target in targets if "backward" in target]
    native = case.leaves(seed=5)
    torch.testing.assert_close(graph(*case.arguments(seed=5)), value_and_gradients(case.native, native))


@over_cases
def test_make_fx_of_grad(case: Case) -> None:
    def scalar(op: Op) -> Op:
        return lambda *tensors: (lambda y: (y * upstream(y)).sum())(op(*tensors))

    ours = make_fx(torch.func.grad(scalar(case.ours), argnums=case.differentiable))(*case.arguments())
    expected = torch.func.grad(scalar(case.native), argnums=case.differentiable)(*case.arguments(seed=3))
    torch.testing.assert_close(ours(*case.arguments(seed=3)), expected)


@over_cases
def test_hooks_on_tensors_and_nodes(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    seen: list[str] = []
    y.register_hook(lambda g: seen.append("tensor") or 2 * g)
    y.grad_fn.register_prehook(lambda g: seen.append("before"))
    y.grad_fn.register_hook(lambda _, g: seen.append("after"))
    y.backward(upstream(y.detach()))
    assert seen == ["tensor", "before", "after"]
    z = case.native(*(native := case.leaves()))
    z.backward(2 * upstream(z.detach()))
    for i in case.differentiable:
        torch.testing.assert_close(leaves[i].grad, native[i].grad)


@over_cases
def test_gradients_accumulate(case: Case) -> None:
    ours, native = case.leaves(), case.leaves()
    for op, leaves in ((case.ours, ours), (case.native, native)):
        for _ in range(2):
            y = op(*leaves)
            y.backward(upstream(y.detach()))
    for i in case.differentiable:
        torch.testing.assert_close(ours[i].grad, native[i].grad)

"""Strides and shapes: inputs and upstream gradients that are transposed, sliced, expanded, empty, and of 0 to 4 dimensions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from cases import CASES, Case
from gradients import assert_as_native, over_cases, rule_gradients, upstream, value_and_gradients
from handgrad import ops

Layout = Callable[[Tensor], Tensor]


def transposed(t: Tensor) -> Tensor:
    """The same numbers in column-major order."""
    backwards = tuple(range(t.dim()))[::-1]
    return t.permute(backwards).contiguous().permute(backwards)


def sliced(t: Tensor) -> Tensor:
    """The same numbers, every second one of a larger tensor."""
    larger = t.new_full((*t.shape, 2), 7) if t.is_floating_point() else t.new_zeros((*t.shape, 2))
    larger[..., 0] = t
    return larger[..., 0]


def offset(t: Tensor) -> Tensor:
    """The same numbers, not at the start of their storage."""
    return torch.cat([t.new_zeros(3), t.reshape(-1)])[3:].reshape(t.shape)


LAYOUTS = [transposed, sliced, offset]
over_layouts = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)


@over_layouts
@over_cases
def test_input_layouts(case: Case, layout: Layout, device: str) -> None:
    arguments = [layout(t) for t in case.arguments(device=device)]
    for i in case.differentiable:
        arguments[i].requires_grad_()
    assert_as_native(case, arguments)


@over_layouts
@over_cases
def test_upstream_layouts(case: Case, layout: Layout, device: str) -> None:
    leaves = case.leaves(device=device)
    assert_as_native(case, leaves, layout(upstream(case.native(*leaves).detach())))


@over_cases
def test_expanded_upstream_gradient(case: Case, device: str) -> None:
    leaves = case.leaves(device=device)
    y = case.native(*leaves)
    everywhere = torch.tensor(0.7, dtype=y.dtype, device=device).expand(y.shape)
    kept = everywhere.clone()
    assert_as_native(case, leaves, everywhere)
    torch.testing.assert_close(everywhere, kept, rtol=0, atol=0)
    for dim in range(y.dim()):
        assert_as_native(case, leaves, upstream(y.detach()).narrow(dim, 0, 1).expand(y.shape))


@over_cases
def test_expanded_inputs(case: Case, device: str) -> None:
    arguments = case.arguments(device=device)
    leaves = [t[:1].expand(t.shape) if t.dim() else t for t in arguments]
    for i in case.differentiable:
        leaves[i] = leaves[i].detach().requires_grad_()
    assert_as_native(case, leaves)


@over_cases
def test_output_is_laid_out_as_torch_lays_it_out(case: Case) -> None:
    arguments = [transposed(t) for t in case.arguments()]
    assert case.ours(*arguments).stride() == case.native(*arguments).stride()


@pytest.mark.parametrize("case", [case for case in CASES if case.batched], ids=str)
def test_empty_batch(case: Case) -> None:
    leaves = case.leaves(n=0)
    ours, native = value_and_gradients(case.ours, leaves), value_and_gradients(case.native, leaves)
    torch.testing.assert_close(ours, native, equal_nan=True)
    for i in case.differentiable:
        assert rule_gradients(case, leaves)[i].shape == leaves[i].shape


ELEMENTWISE = [("sigmoid", torch.sigmoid), ("tanh", torch.tanh), ("relu", torch.relu)]
NORMALISED = [("softmax", torch.softmax), ("log_softmax", torch.log_softmax)]
SHAPES = [(), (3,), (0,), (2, 3), (0, 3), (3, 0), (2, 1, 3), (2, 0, 3), (2, 1, 3, 2), (1, 1, 1, 1)]
over_shapes = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)) or "scalar")


def leaf(*shape: int, seed: int = 0) -> Tensor:
    return upstream(torch.empty(shape, dtype=torch.float64), seed).requires_grad_()


def assert_same(ours: Callable[..., Tensor], native: Callable[..., Tensor], *leaves: Tensor) -> None:
    torch.testing.assert_close(value_and_gradients(ours, leaves), value_and_gradients(native, leaves), equal_nan=True)


@over_shapes
@pytest.mark.parametrize(("name", "native"), ELEMENTWISE, ids=lambda name: name if isinstance(name, str) else "")
def test_elementwise_shapes(name: str, native: Callable[..., Tensor], shape: tuple[int, ...]) -> None:
    assert_same(getattr(ops, name), native, leaf(*shape))


@over_shapes
@pytest.mark.parametrize(("name", "native"), NORMALISED, ids=lambda name: name if isinstance(name, str) else "")
def test_normalised_shapes_along_every_dimension(
    name: str, native: Callable[..., Tensor], shape: tuple[int, ...]
) -> None:
    ours = getattr(ops, name)
    for dim in range(-max(len(shape), 1), max(len(shape), 1)):
        assert_same(lambda x, dim=dim: ours(x, dim), lambda x, dim=dim: native(x, dim), leaf(*shape))


@pytest.mark.parametrize("batch", [(), (0,), (1,), (5,), (2, 3), (2, 0), (2, 3, 4)], ids=str)
@pytest.mark.parametrize(("inputs", "outputs"), [(3, 2), (1, 1), (0, 2), (3, 0)])
def test_linear_shapes(batch: tuple[int, ...], inputs: int, outputs: int) -> None:
    leaves = leaf(*batch, inputs), leaf(outputs, inputs, seed=1), leaf(outputs, seed=2)
    assert_same(ops.linear, torch.nn.functional.linear, *leaves)
    assert_same(ops.linear, torch.nn.functional.linear, *leaves[:2])


@pytest.mark.parametrize(
    ("y", "target"),
    [
        ((), ()),
        ((3,), ()),
        ((), (3,)),
        ((2, 3), (3,)),
        ((3,), (2, 3)),
        ((2, 1), (1, 3)),
        ((2, 1, 3, 1), (4, 1, 5)),
        ((0, 3), (3,)),
    ],
    ids=str,
)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_mse_loss_broadcasts(y: tuple[int, ...], target: tuple[int, ...], reduction: str) -> None:
    def native(a: Tensor, b: Tensor) -> Tensor:
        return torch.nn.functional.mse_loss(*torch.broadcast_tensors(a, b), reduction=reduction)

    assert_same(lambda a, b: ops.mse_loss(a, b, reduction), native, leaf(*y), leaf(*target, seed=1))


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), (2, 3, 4, 5), (0, 3), (2, 3, 0)], ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_shapes(shape: tuple[int, ...], reduction: str) -> None:
    dim = min(1, len(shape) - 1)
    index = torch.zeros(shape[:dim] + shape[dim + 1 :], dtype=torch.int64)
    for target in (index, torch.full(shape, 1 / 3, dtype=torch.float64)):
        assert_same(
            lambda x, target=target: ops.cross_entropy(x, target, reduction=reduction),
            lambda x, target=target: torch.nn.functional.cross_entropy(x, target, reduction=reduction),
            leaf(*shape),
        )

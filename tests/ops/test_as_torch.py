"""Our promise beyond the laws: shapes, strides and dtypes are torch's own, and what torch refuses we refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from cases import CASES, Case
from gradients import assert_as_native, over_cases, rule_gradients, upstream, value_and_gradients
from handgrad import ops


def transposed(t: Tensor) -> Tensor:
    """The same numbers in column-major order."""
    backwards = tuple(range(t.dim()))[::-1]
    return t.permute(backwards).contiguous().permute(backwards)


@over_cases
def test_output_is_laid_out_as_torch_lays_it_out(case: Case) -> None:
    arguments = [transposed(t) for t in case.arguments()]
    assert case.ours(*arguments).stride() == case.native(*arguments).stride()


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


@pytest.mark.parametrize("case", [case for case in CASES if case.batched], ids=str)
def test_empty_batch(case: Case) -> None:
    leaves = case.leaves(n=0)
    ours, native = value_and_gradients(case.ours, leaves), value_and_gradients(case.native, leaves)
    torch.testing.assert_close(ours, native, equal_nan=True)
    for i in case.differentiable:
        assert rule_gradients(case, leaves)[i].shape == leaves[i].shape


@over_cases
def test_integers_are_refused_as_torch_refuses_them(case: Case) -> None:
    arguments = case.arguments()
    arguments[0] = arguments[0].long()
    for op in (case.native, case.ours):
        try:
            y = op(*arguments)
        except (RuntimeError, ValueError, NotImplementedError):
            continue
        assert op is case.ours or not y.requires_grad
        break
    else:
        return
    torch.testing.assert_close(case.ours(*arguments), case.native(*arguments))


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


@pytest.mark.parametrize("shape", [(0,), (3, 0), (3, 0, 2), (0, 0)], ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_with_probabilities_of_no_classes(
    shape: tuple[int, ...], reduction: str, smoothing: float
) -> None:
    def loss(op: Callable[..., Tensor]) -> Callable[..., Tensor]:
        return lambda x, target: op(x, target, reduction=reduction, label_smoothing=smoothing)

    leaves = leaf(*shape), leaf(*shape, seed=1)
    assert_same(loss(ops.cross_entropy), loss(torch.nn.functional.cross_entropy), *leaves)
    tangents = tuple(x.detach() for x in leaves)
    _, tangent = torch.func.jvp(loss(ops.cross_entropy), tangents, tangents)
    assert not tangent.any() or tangent.isnan().all()

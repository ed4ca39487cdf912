"""NaN, infinities and saturation: torch's answers, but for the saturated sigmoid and tanh, whose slopes we keep."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cases import CASES, Op
from gradients import value_and_gradients
from handgrad import ops

INF, NAN = float("inf"), float("nan")
SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e-40, INF, -INF, NAN]
SATURATING = ("sigmoid", "tanh")
UNARY = [case for case in CASES if case.name in ("sigmoid", "tanh", "relu")]
over_unary = pytest.mark.parametrize("case", UNARY, ids=str)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("magnitude", [20.0, 50.0, 80.0])
def test_saturated_sigmoid_and_tanh_have_their_true_slope(magnitude: float, dtype: torch.dtype, device: str) -> None:
    x = torch.tensor([magnitude, -magnitude], dtype=dtype, device=device, requires_grad=True)
    exact = torch.tensor([magnitude], dtype=torch.float64)
    for op, slope in ((ops.sigmoid, (-exact).exp()), (ops.tanh, 4 * (-2 * exact).exp())):
        (grad,) = torch.autograd.grad(op(x).sum(), x)
        torch.testing.assert_close(grad.cpu().double(), slope.expand(2), rtol=1e-6, atol=2e-45)  # may be denormal


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("magnitude", [100.0, 1e4, 1e30, INF])
def test_slopes_vanish_without_nan_far_out(magnitude: float, dtype: torch.dtype) -> None:
    x = torch.tensor([magnitude, -magnitude], dtype=dtype, requires_grad=True)
    for op in (ops.sigmoid, ops.tanh):
        y = op(x)
        grads = torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)
        (second,) = torch.autograd.grad(grads, x, [torch.ones_like(g) for g in grads])
        for g in (*grads, second):
            assert g.isfinite().all()
            assert (g.abs() < 1e-40).all()


def test_relu_takes_zero_at_the_kink() -> None:
    x = torch.tensor([0.0, -0.0], requires_grad=True)
    y = ops.relu(x)
    (grad,) = torch.autograd.grad(y.sum(), x)
    assert grad.tolist() == [0.0, 0.0]
    assert not y.signbit().any()


def test_relu_shuts_out_infinite_gradients() -> None:
    x = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    (grad,) = torch.autograd.grad(ops.relu(x), x, torch.full((3,), INF))
    assert grad.tolist() == [0.0, 0.0, INF]


LOGITS = [
    [1e4, -1e4, 0.0],
    [-1e4, 1e4, 1e4],
    [1e4, 1e4, 1e4],
    [-1e4, -1e4, -1e4],
    [88.0, -88.0, 0.0],
]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_of_huge_logits(reduction: str, dtype: torch.dtype, device: str) -> None:
    x = torch.tensor(LOGITS, dtype=dtype, device=device, requires_grad=True)
    index = torch.tensor([0, 0, 1, 2, 1], device=device)
    soft = torch.full_like(x, 1 / 3, requires_grad=False)
    for target in (index, soft):
        for smoothing in (0.0, 0.1):
            results = [
                value_and_gradients(
                    lambda a, op=op, t=target, s=smoothing: op(a, t, reduction=reduction, label_smoothing=s), [x]
                )
                for op in (ops.cross_entropy, torch.nn.functional.cross_entropy)
            ]
            torch.testing.assert_close(*results)
            assert all(t.isfinite().all() for t in results[0])


MASKS = [[0.0, 1.0, -INF], [-INF, 1.0, -INF], [-INF, -INF, -INF], [INF, 0.0, 1.0], [INF, INF, 0.0]]


@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize("mask", MASKS, ids=str)
def test_cross_entropy_of_masked_logits(mask: list[float], target: int) -> None:
    x = torch.tensor([mask, [0.5, -0.5, 1.0]], requires_grad=True)
    index = torch.tensor([target, 0])
    soft = torch.eye(3)[index]
    for options in ({}, {"label_smoothing": 0.1}, {"ignore_index": target}, {"reduction": "none"}):
        _assert_as_torch(x, index, **options)
    _assert_as_torch(x, soft)


def test_cross_entropy_gradient_of_a_masked_class_is_zero() -> None:
    x = torch.tensor([[0.0, 1.0, -INF]], requires_grad=True)
    loss = ops.cross_entropy(x, torch.tensor([1]))
    (grad,) = torch.autograd.grad(loss, x)
    assert loss.isfinite()
    assert grad.isfinite().all()
    assert grad[0, 2] == 0


def _assert_as_torch(x: Tensor, target: Tensor, **options: object) -> None:
    def loss(op: Op) -> Op:
        return lambda a: op(a, target, **options)

    ours, native = (value_and_gradients(loss(op), [x]) for op in (ops.cross_entropy, torch.nn.functional.cross_entropy))
    torch.testing.assert_close(ours, native, equal_nan=True)


def test_cross_entropy_that_ignores_every_sample_is_what_torch_says() -> None:
    x = torch.randn(2, 3, requires_grad=True)
    index = torch.tensor([-100, -100])
    for options in (
        {},
        {"label_smoothing": 0.1},
        {"reduction": "sum"},
        {"reduction": "none"},
        {"weight": torch.ones(3)},
    ):
        _assert_as_torch(x, index, **options)


def test_cross_entropy_on_probabilities_leaves_out_classes_without_target() -> None:
    y = torch.tensor([[0.0, 1.0]], requires_grad=True)
    loss = ops.cross_entropy_on_probabilities(y, torch.tensor([[0.0, 1.0]]))
    (grad,) = torch.autograd.grad(loss, y)
    assert loss.item() == 0
    assert grad.tolist() == [[0.0, -0.5]]

"""The chapter's numbers: our ops against the text and against a NumPy oracle that is written here, factor by factor."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from handgrad import ops

X = [2.0, 3.0, 1.0]
W1 = [[3.0, 1.0, 2.0], [-2.0, -3.0, -1.0]]
W2 = [[3.0, 2.0]]
TARGET = [20.0]


def leaf(numbers: list) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64, requires_grad=True)


def forward(hidden: str, output: str) -> dict[str, Tensor]:
    """Every variable of the chapter's network by its name there, with our ops."""
    activation = {"relu": ops.relu, "sigmoid": ops.sigmoid, "none": lambda u: u}
    v = {"x": leaf(X), "W1": leaf(W1), "b1": leaf([0.0, 0.0]), "W2": leaf(W2), "b2": leaf([0.0])}
    v["u1"] = ops.linear(v["x"], v["W1"], v["b1"])
    v["h1"] = activation[hidden](v["u1"])
    v["u2"] = ops.linear(v["h1"], v["W2"], v["b2"])
    v["y"] = activation[output](v["u2"])
    v["L"] = ops.mse_loss(v["y"], torch.tensor(TARGET, dtype=torch.float64), reduction="chapter")
    return v


def gradients(v: dict[str, Tensor]) -> dict[str, np.ndarray]:
    names = ["y", "u2", "W2", "b2", "h1", "u1", "W1", "b1"]
    return {n: g.numpy() for n, g in zip(names, torch.autograd.grad(v["L"], [v[n] for n in names]), strict=True)}


def sigma(u: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-u))


def oracle(hidden: str, output: str) -> dict[str, np.ndarray]:
    """The chapter's chain rule in NumPy: each factor by its name, then the products."""
    a = {"relu": lambda u: np.maximum(u, 0), "sigmoid": sigma, "none": lambda u: u}
    slope = {
        "relu": lambda u: (u > 0) * 1.0,
        "sigmoid": lambda u: np.exp(-u) / (1 + np.exp(-u)) ** 2,
        "none": np.ones_like,
    }
    x, w1, w2, t = (np.array(n) for n in (X, W1, W2, TARGET))
    u1 = w1 @ x
    h1 = a[hidden](u1)
    u2 = w2 @ h1
    y = a[output](u2)
    dl_dy = -2 * (t - y) / len(y)
    dl_du2 = dl_dy * slope[output](u2)
    dl_dh1 = w2.T @ dl_du2
    dl_du1 = dl_dh1 * slope[hidden](u1)
    return {
        "y": dl_dy,
        "u2": dl_du2,
        "W2": np.outer(dl_du2, h1),
        "b2": dl_du2,
        "h1": dl_dh1,
        "u1": dl_du1,
        "W1": np.outer(dl_du1, x),
        "b1": dl_du1,
    }


def test_s1_softmax_gives_probabilities_and_the_largest_is_the_prediction() -> None:
    y = ops.softmax(torch.tensor([0.15, 0.85], dtype=torch.float64).log(), dim=0)
    np.testing.assert_allclose(y.numpy(), [0.15, 0.85], rtol=1e-15)
    assert ["white", "red"][int(y.argmax())] == "red"


def test_s3_slope_of_the_sigmoid_is_at_most_a_quarter() -> None:
    u = torch.linspace(-10, 10, 2001, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(ops.sigmoid(u).sum(), u)
    y = sigma(u.detach().numpy())
    np.testing.assert_allclose(slope.numpy(), y * (1 - y), rtol=1e-10)
    assert slope.max().item() <= 0.25 + 2**-53  # rounded once more
    zero = leaf([0.0])
    assert torch.autograd.grad(ops.sigmoid(zero), zero)[0].item() == 0.25


def test_s3_slope_of_relu_is_one_or_zero() -> None:
    u = leaf([-2.0, -1e-300, 0.0, 1e-300, 2.0])
    (slope,) = torch.autograd.grad(ops.relu(u).sum(), u)
    assert slope.tolist() == [0, 0, 0, 1, 1]


def test_s4_worked_forward_pass() -> None:
    v = forward("relu", "none")
    assert v["u1"].tolist() == [11, -14]  # the chapter prints -11; -4 - 9 - 1 is -14
    assert v["h1"].tolist() == [11, 0]
    assert v["y"].tolist() == [33]


def test_s5_mean_squared_error_of_the_worked_example() -> None:
    assert forward("relu", "none")["L"].item() == 169


def test_s5_cross_entropy_divides_by_the_number_of_classes() -> None:
    y, t = torch.tensor([0.15, 0.85], dtype=torch.float64), torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert ops.cross_entropy_on_probabilities(y, t).item() == pytest.approx(-math.log(0.85) / 2, rel=1e-15)
    batch = ops.cross_entropy_on_probabilities(torch.stack([y, y]), torch.stack([t, t]))
    assert batch.item() == pytest.approx(-math.log(0.85) / 2, rel=1e-15)


def test_s5_cross_entropy_on_probabilities_is_the_one_on_logits() -> None:
    logits = leaf([[0.3, -1.2, 2.0], [1.0, 0.0, -1.0]])
    t = torch.eye(3, dtype=torch.float64)[[2, 1]]
    for reduction in ("chapter", "mean", "sum", "half_sum"):
        on_probabilities = ops.cross_entropy_on_probabilities(ops.softmax(logits, 1), t, reduction)
        on_logits = ops.cross_entropy(logits, t, reduction=reduction)
        torch.testing.assert_close(on_probabilities, on_logits)
        torch.testing.assert_close(*(torch.autograd.grad(loss, logits)[0] for loss in (on_probabilities, on_logits)))


def test_s6_gradient_descent_in_one_dimension() -> None:
    w, seen = leaf([3.0]), []
    for _ in range(3):
        loss = 4 / 3 * ops.mse_loss(w, torch.tensor([15 / 8], dtype=torch.float64))
        (slope,) = torch.autograd.grad(loss, w)
        seen.append((w.item(), slope.item()))
        w = (w - 0.5 * slope).detach().requires_grad_()
    np.testing.assert_allclose(seen, [(3, 3), (1.5, -1), (2, 1 / 3)], rtol=1e-15)


def test_s7_gradients_by_hand_with_sigmoids() -> None:
    v = forward("sigmoid", "sigmoid")
    grads = gradients(v)
    printed = {
        "y": [-38.094856123275164],
        "u2": [-1.72107381376441],
        "W2": [[-1.7210450693846149, -1.4311211138239055e-06]],
        "W1": [
            [-1.7246339833879517e-04, -2.5869509750819274e-04, -8.6231699169397584e-05],
            [-5.7244796952263540e-06, -8.5867195428395319e-06, -2.8622398476131770e-06],
        ],
        "b1": [-8.623169916939758e-05, -2.862239847613177e-06],
        "b2": [-1.72107381376441],
    }
    assert v["y"].item() == pytest.approx(0.9525719383624175, rel=1e-15)
    for name, numbers in printed.items():  # the text's come from h (1 − h), which keeps eleven digits at u = 11
        np.testing.assert_allclose(grads[name], numbers, rtol=1e-11, err_msg=name)


def test_s7_is_right_where_one_minus_h_is_not() -> None:
    with mpmath.workdps(40):
        h = [1 / (1 + mpmath.exp(-u)) for u in (11, -14)]
        y = 1 / (1 + mpmath.exp(-(3 * h[0] + 2 * h[1])))
        dl_du2 = -2 * (20 - y) * y * (1 - y)
        exact = [[float(dl_du2 * w * a * (1 - a) * x) for x in (2, 3, 1)] for w, a in zip((3, 2), h, strict=True)]
    np.testing.assert_allclose(gradients(forward("sigmoid", "sigmoid"))["W1"], exact, rtol=2e-15)


def test_s7_gradients_by_hand_with_relu_and_a_dead_unit() -> None:
    grads = gradients(forward("relu", "none"))
    assert grads["W2"].tolist() == [[286, 0]]
    assert grads["W1"].tolist() == [[156, 234, 78], [0, 0, 0]]


@pytest.mark.parametrize(("hidden", "output"), [("sigmoid", "sigmoid"), ("relu", "none")])
def test_s7_every_factor_of_the_chain_rule(hidden: str, output: str) -> None:
    grads, expected = gradients(forward(hidden, output)), oracle(hidden, output)
    for name, numbers in expected.items():
        np.testing.assert_allclose(grads[name], numbers, rtol=1e-13, err_msg=name)


def test_s9_every_sigmoid_takes_three_quarters_of_the_gradient_at_least() -> None:
    u = leaf([0.0])
    y = u
    for layer in range(1, 11):
        y = ops.sigmoid(y)
        (slope,) = torch.autograd.grad(y, u, retain_graph=True)
        assert 0 < slope.item() <= 0.25**layer
    z = leaf([1.0])
    y = z
    for _ in range(10):
        y = ops.relu(y)
    assert torch.autograd.grad(y, z)[0].item() == 1


def test_mazurs_example() -> None:
    x, bias1, bias2 = (torch.tensor(n, dtype=torch.float64) for n in ([0.05, 0.10], [0.35] * 2, [0.60] * 2))
    weights = [leaf([[0.15, 0.20], [0.25, 0.30]]), leaf([[0.40, 0.45], [0.50, 0.55]])]
    h = ops.sigmoid(ops.linear(x, weights[0], bias1))
    y = ops.sigmoid(ops.linear(h, weights[1], bias2))
    error = ops.mse_loss(y, torch.tensor([0.01, 0.99], dtype=torch.float64), "half_sum")
    updated = [(w - 0.5 * g).detach() for w, g in zip(weights, torch.autograd.grad(error, weights), strict=True)]
    np.testing.assert_allclose(h.detach(), [0.593269992, 0.596884378], rtol=0, atol=6e-9)
    np.testing.assert_allclose(y.detach(), [0.75136507, 0.772928465], rtol=0, atol=6e-9)
    assert error.item() == pytest.approx(0.298371109, abs=6e-10)
    np.testing.assert_allclose(updated[1], [[0.35891648, 0.408666186], [0.511301270, 0.561370121]], rtol=0, atol=6e-9)
    np.testing.assert_allclose(updated[0], [[0.149780716, 0.19956143], [0.24975114, 0.29950229]], rtol=0, atol=6e-9)

"""Every book's number by the name of its convention, for both losses; and the unknown name."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from handgrad import ops

BATCH, OUTPUTS = 2, 3
Y = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.0, -0.5]], dtype=torch.float64)
T = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]], dtype=torch.float64)
INDEX = torch.tensor([2, 0])
ONE_HOT = torch.eye(OUTPUTS, dtype=torch.float64)[INDEX]

SQUARES = 0.25 + 1 + 0 + 2.25 + 1 + 0.25  # Σ (t − y)²
LOGS = sum(
    math.log(sum(math.exp(v) for v in row)) - row[k] for row, k in zip(Y.tolist(), INDEX.tolist(), strict=True)
)  # −Σ t log softmax(y)

MSE_FACTORS = {
    "chapter": 1 / (BATCH * OUTPUTS),  # 1/N over the outputs, the mean over the batch
    "torch": 1 / (BATCH * OUTPUTS),  # the mean of all elements; CS231n has none
    "mean": 1 / (BATCH * OUTPUTS),
    "half_sum": 1 / 2,  # ゼロから作る Deep Learning, Nielsen, Mazur, TF Playground
    "sum": 1,
}
CROSS_ENTROPY_FACTORS = {
    "chapter": 1 / (BATCH * OUTPUTS),  # 1/N over the classes, the mean over the batch
    "torch": 1 / BATCH,  # the mean over the batch; CS231n and ゼロから作る Deep Learning, too
    "mean": 1 / BATCH,
    "half_sum": 1 / 2,
    "sum": 1,
}


def value_and_slope(loss: Tensor, y: Tensor) -> tuple[float, np.ndarray]:
    return loss.item(), torch.autograd.grad(loss, y)[0].numpy()


@pytest.mark.parametrize("name", MSE_FACTORS)
def test_mean_squared_error_of_every_book(name: str) -> None:
    y = Y.clone().requires_grad_()
    value, slope = value_and_slope(ops.mse_loss(y, T, reduction=name), y)
    assert value == pytest.approx(SQUARES * MSE_FACTORS[name], rel=1e-14)
    np.testing.assert_allclose(slope, 2 * (Y - T).numpy() * MSE_FACTORS[name], rtol=1e-14)


@pytest.mark.parametrize("target", [INDEX, ONE_HOT], ids=["indices", "probabilities"])
@pytest.mark.parametrize("name", CROSS_ENTROPY_FACTORS)
def test_cross_entropy_of_every_book(name: str, target: Tensor) -> None:
    y = Y.clone().requires_grad_()
    value, slope = value_and_slope(ops.cross_entropy(y, target, reduction=name), y)
    assert value == pytest.approx(LOGS * CROSS_ENTROPY_FACTORS[name], rel=1e-14)
    p = np.exp(Y.numpy()) / np.exp(Y.numpy()).sum(1, keepdims=True)
    np.testing.assert_allclose(slope, (p - ONE_HOT.numpy()) * CROSS_ENTROPY_FACTORS[name], rtol=1e-13)


@pytest.mark.parametrize("name", CROSS_ENTROPY_FACTORS)
def test_cross_entropy_on_probabilities_of_every_book(name: str) -> None:
    y = Y.softmax(1).requires_grad_()
    value, slope = value_and_slope(ops.cross_entropy_on_probabilities(y, ONE_HOT, reduction=name), y)
    assert value == pytest.approx(LOGS * CROSS_ENTROPY_FACTORS[name], rel=1e-14)
    np.testing.assert_allclose(slope, -ONE_HOT.numpy() / y.detach().numpy() * CROSS_ENTROPY_FACTORS[name], rtol=1e-13)


def test_none_gives_the_terms() -> None:
    assert ops.mse_loss(Y, T, "none").tolist() == ((Y - T) ** 2).tolist()
    terms = ops.cross_entropy(Y, INDEX, reduction="none")
    assert terms.shape == (BATCH,)
    assert terms.sum().item() == pytest.approx(LOGS, rel=1e-14)
    torch.testing.assert_close(ops.cross_entropy_on_probabilities(Y.softmax(1), ONE_HOT, "none"), terms)


def test_a_single_sample_is_a_batch_of_one() -> None:
    y, t = Y[0], T[0]
    assert ops.mse_loss(y, t, "chapter").item() == pytest.approx(1.25 / 3)
    single = ops.cross_entropy(y, INDEX[0], reduction="sum").item()
    assert ops.cross_entropy(y, INDEX[0], reduction="mean").item() == pytest.approx(single)
    assert ops.cross_entropy(y, INDEX[0], reduction="chapter").item() == pytest.approx(single / 3)


def test_weighted_mean_divides_by_the_weights_as_torch_does() -> None:
    weight = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    for name, factor in (("mean", 1), ("torch", 1), ("chapter", 1 / OUTPUTS)):
        ours = ops.cross_entropy(Y, INDEX, weight, reduction=name)
        torch.testing.assert_close(ours, factor * torch.nn.functional.cross_entropy(Y, INDEX, weight))


def test_every_convention_is_listed_and_tested() -> None:
    assert set(ops.REDUCTIONS) == set(get_args(ops.Reduction)) == {"none", *MSE_FACTORS}


@pytest.mark.parametrize(
    ("loss", "arguments"),
    [(ops.mse_loss, (Y, T)), (ops.cross_entropy, (Y, INDEX)), (ops.cross_entropy_on_probabilities, (Y, T))],
    ids=["mse_loss", "cross_entropy", "cross_entropy_on_probabilities"],
)
def test_unknown_convention_lists_the_known_ones(loss, arguments: tuple[Tensor, ...]) -> None:
    with pytest.raises(ValueError, match=rf"{loss.__name__}: reduction must be one of .*, got 'average'") as raised:
        loss(*arguments, reduction="average")
    for name in ops.REDUCTIONS:
        assert name in str(raised.value)

"""The fully connected network: its shape, its initial weights, and its twin in plain torch."""

from __future__ import annotations

import re
from functools import reduce

import pytest
import torch
from sklearn.datasets import load_diabetes, load_wine
from torch import Tensor, nn

from handgrad import ops
from handgrad.nn import ACTIVATIONS, MLP


@pytest.mark.parametrize("hidden", [[], [7], [7, 6, 5]])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_torch_and_back_again_are_the_same_network(hidden: list[int], activation: str) -> None:
    net = MLP(4, hidden, 3, activation)
    x = torch.randn(2, 5, 4)
    plain = net.to_torch()
    again = MLP.from_torch(plain)
    assert all(type(module).__module__.startswith("torch.nn") for module in plain)
    assert again.hidden == net.hidden
    assert again.activation == (activation if hidden else "relu")
    torch.testing.assert_close(plain(x), net(x), rtol=0, atol=0)
    torch.testing.assert_close(again(x), net(x), rtol=0, atol=0)


def test_the_twin_has_copies_of_the_numbers() -> None:
    net = MLP(4, [7], 3)
    plain = net.to_torch()
    with torch.no_grad():
        plain[0].weight.zero_()
    assert net.layers[0].weight.abs().sum() > 0


def test_forward_is_the_composition_of_its_named_steps() -> None:
    net = MLP(4, [7, 6], 3, "tanh")
    x = torch.randn(5, 4)
    names = [name for name, _ in net.named_steps()]
    assert names == ["layers.0 linear", "layers.0 tanh", "layers.1 linear", "layers.1 tanh", "layers.2 linear"]
    torch.testing.assert_close(reduce(lambda value, step: step[1](value), net.named_steps(), x), net(x), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("activation", "variance"), [("relu", 2 / 400), ("sigmoid", 2 / (400 + 600)), ("tanh", 2 / (400 + 600))]
)
def test_weights_have_the_variance_of_he_or_glorot_and_biases_are_zero(activation: str, variance: float) -> None:
    torch.manual_seed(0)
    layer = MLP(400, [600], 3, activation).layers[0]
    assert layer.weight.var().item() == pytest.approx(variance, rel=0.02)  # 240 000 samples: 5 standard errors
    assert layer.weight.mean().abs() < 5 * (variance / layer.weight.numel()) ** 0.5
    assert not layer.bias.any()


def test_an_unknown_activation_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="MLP: activation must be one of sigmoid, tanh, relu, got 'gelu'"):
        MLP(4, [3], 2, "gelu")


def test_a_hidden_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("MLP: every hidden size must be at least 1, got [3, 0]")):
        MLP(4, [3, 0], 2)


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(),
        nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)),
        nn.Sequential(nn.Linear(2, 2), nn.ReLU()),
        nn.Sequential(nn.Linear(2, 2, bias=False)),
        nn.Sequential(nn.ReLU(), nn.Linear(2, 2), nn.ReLU()),
    ],
    ids=str,
)
def test_what_is_no_mlp_is_refused(network: nn.Sequential) -> None:
    with pytest.raises(ValueError, match=r"MLP\.from_torch: expected Linear modules"):
        MLP.from_torch(network)


def test_mixed_activations_are_refused() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    with pytest.raises(ValueError, match="all activations must be the same, got relu, tanh"):
        MLP.from_torch(network)


def test_an_activation_that_we_do_not_have_is_named() -> None:
    with pytest.raises(ValueError, match="activation must be one of sigmoid, tanh, relu, got 'GELU'"):
        MLP.from_torch(nn.Sequential(nn.Linear(2, 2), nn.GELU(), nn.Linear(2, 2)))


def standardised(x: Tensor) -> Tensor:
    return (x - x.mean(0)) / x.std(0)


def sgd(net: nn.Module, loss: object, x: Tensor, t: Tensor, steps: int) -> list[Tensor]:
    assert callable(loss)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    for step in range(steps):
        rows = slice(32 * (step % 5), 32 * (step % 5) + 32)
        optimizer.zero_grad()
        loss(net(x[rows]), t[rows]).backward()
        optimizer.step()
    return [parameter.detach() for parameter in net.parameters()]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_200_steps_of_sgd_agree_with_torch_to_1e_10(activation: str, task: str) -> None:
    data, target = (load_wine if task == "classification" else load_diabetes)(return_X_y=True)
    x, t = standardised(torch.from_numpy(data)), torch.from_numpy(target)
    if task == "regression":
        t = standardised(t).unsqueeze(1)
    ours, native = (
        (ops.cross_entropy, nn.functional.cross_entropy) if t.dim() == 1 else (ops.mse_loss, nn.functional.mse_loss)
    )
    torch.manual_seed(0)
    net = MLP(x.shape[1], [16, 8], 3 if t.dim() == 1 else 1, activation, dtype=torch.float64)
    plain = net.to_torch()
    start = [parameter.detach().clone() for parameter in net.parameters()]
    trained = sgd(net, ours, x, t, 200)
    torch.testing.assert_close(trained, sgd(plain, native, x, t, 200), rtol=0, atol=1e-10)
    assert all((a - b).abs().max() > 1e-3 for a, b in zip(trained, start, strict=True))

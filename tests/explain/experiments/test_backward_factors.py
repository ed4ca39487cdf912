from __future__ import annotations

from math import isnan, prod

import numpy as np
import pytest
import torch

from handgrad.explain.experiments._backward_factors import (
    LARGEST_SLOPE,
    activations_factor,
    backward_factors,
    first_to_last,
    weights_factor,
)
from handgrad.explain.experiments._initialisation import seeded_mlp

DEPTH = 5
SLOPES = {
    "sigmoid": lambda u: np.exp(-u) / (1 + np.exp(-u)) ** 2,
    "tanh": lambda u: 1 / np.cosh(u) ** 2,
    "relu": lambda u: (u > 0) * 1.0,
}
VALUES = {"sigmoid": lambda u: 1 / (1 + np.exp(-u)), "tanh": np.tanh, "relu": lambda u: np.maximum(u, 0)}


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(20, 6, generator=generator, dtype=torch.float64), torch.arange(20) % 3


def make(activation, initialisation="he"):
    return seeded_mlp(6, [8] * DEPTH, 3, activation, initialisation, 0)


@pytest.mark.parametrize("activation", sorted(SLOPES))
def test_every_factor_is_that_of_the_derivation_in_numpy(activation, rows):
    net, (x, t) = make(activation), rows
    weights = [layer.weight.detach().numpy() for layer in net.layers]
    hidden, before = [x.numpy()], []
    for weight in weights[:-1]:
        before.append(hidden[-1] @ weight.T)
        hidden.append(VALUES[activation](before[-1]))
    logits = hidden[-1] @ weights[-1].T
    exponentials = np.exp(logits)
    delta = (exponentials / exponentials.sum(1, keepdims=True) - np.eye(3)[t.numpy()]) / len(t)
    layers = backward_factors(net, x, t)
    for index in range(DEPTH, -1, -1):
        layer, norm = layers[index], np.linalg.norm(delta)
        assert layer.layer == index + 1
        assert layer.pre_activation_gradient == pytest.approx(norm, rel=1e-10)
        assert layer.weight_gradient == pytest.approx(np.linalg.norm(delta.T @ hidden[index]), rel=1e-10)
        assert layer.spectral_norm == pytest.approx(np.linalg.svd(weights[index])[1][0], rel=1e-10)
        if index:
            upstream = delta @ weights[index]
            assert layer.weight_factor == pytest.approx(np.linalg.norm(upstream) / norm, rel=1e-10)
            delta = upstream * SLOPES[activation](before[index - 1])
            factor = np.linalg.norm(delta) / np.linalg.norm(upstream)
            assert layers[index - 1].activation_factor == pytest.approx(factor, rel=1e-10)
    assert layers[0].weight_factor is None
    assert layers[-1].activation_factor is None


@pytest.mark.parametrize("initialisation", ["xavier", "he", "normal"])
@pytest.mark.parametrize("activation", sorted(SLOPES))
def test_the_two_factors_account_for_the_gradient_without_remainder(activation, initialisation, rows):
    layers = backward_factors(make(activation, initialisation), *rows)
    both = activations_factor(layers) * weights_factor(layers)
    ratio = layers[0].pre_activation_gradient / layers[-1].pre_activation_gradient
    assert both == pytest.approx(ratio, rel=1e-12)


@pytest.mark.parametrize("activation", sorted(SLOPES))
def test_the_chapters_bound_holds_for_the_activations_alone(activation, rows):
    for initialisation in ("xavier", "normal"):
        layers = backward_factors(make(activation, initialisation), *rows)
        assert all(layer.activation_factor <= LARGEST_SLOPE[activation] * (1 + 1e-12) for layer in layers[:-1])
        assert all(layer.weight_factor <= layer.spectral_norm * (1 + 1e-12) for layer in layers[1:])
    arrived = layers[0].pre_activation_gradient / layers[-1].pre_activation_gradient
    if activation == "sigmoid":  # with large weights the gradient may exceed what the chapter calls its bound
        assert arrived > LARGEST_SLOPE[activation] ** DEPTH


def test_the_gradients_are_those_of_the_same_net_in_torch(rows):
    net, (x, t) = make("tanh"), rows
    twin = net.to_torch()
    torch.nn.functional.cross_entropy(twin(x), t).backward()
    expected = [module.weight.grad.norm().item() for module in twin if hasattr(module, "weight")]
    layers = backward_factors(net, x, t)
    assert [layer.weight_gradient for layer in layers] == pytest.approx(expected, rel=1e-10)
    assert first_to_last(layers) == pytest.approx(expected[0] / expected[-1], rel=1e-10)


def test_a_gradient_that_is_gone_has_no_factor(rows):
    net = make("relu")
    with torch.no_grad():
        net.layers[2].weight.zero_()
        net.layers[2].bias.fill_(-1.0)
        for layer in net.layers[3:]:  # these live on their biases
            layer.bias.fill_(1.0)
    layers = backward_factors(net, *rows)
    assert layers[2].activation_factor == 0
    assert isnan(layers[2].weight_factor)
    assert prod(layer.weight_gradient for layer in layers[:3]) == 0

from __future__ import annotations

import pytest
import torch

from handgrad.explain.experiments._initialisation import seeded_mlp

WIDTH = 300


@pytest.mark.parametrize(
    ("name", "variance"),
    [("xavier", 2 / (100 + WIDTH)), ("he", 2 / 100), ("normal", 1.0)],
    ids=lambda value: str(value),
)
def test_the_weights_have_the_variance_of_the_rule(name, variance):
    net = seeded_mlp(100, [WIDTH], 2, "relu", name, 0)
    weight = net.layers[0].weight
    assert weight.mean().abs().item() < 0.02 * variance**0.5 * 3
    assert weight.var().item() == pytest.approx(variance, rel=0.05)
    assert not net.layers[0].bias.any()


def test_the_seed_decides_and_torchs_generator_stays_as_it_is():
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first, again, other = (seeded_mlp(3, [4], 2, "tanh", "xavier", seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first.layers[0].weight, again.layers[0].weight)
    assert not torch.equal(first.layers[0].weight, other.layers[0].weight)
    assert first.layers[0].weight.dtype == torch.float64


def test_an_unknown_rule_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="initialisation must be one of xavier, he, normal, got 'zeros'"):
        seeded_mlp(3, [4], 2, "tanh", "zeros", 0)

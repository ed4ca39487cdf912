"""An ensemble is its members: the same numbers, each independent of the others."""

from __future__ import annotations

import re

import pytest
import torch
from sklearn.datasets import load_wine
from torch import Tensor

from handgrad.nn import ACTIVATIONS, MLP, CrossEntropyLoss, Ensemble, EnsembleLinear, EnsembleLoss

ULPS = 64
"""By how many units in the last place of its largest weight a member may differ from its solo run after 300 steps: kernels for
one product and for a batch of them may add up in another order. (On the machine that this was written on they do not: 0.)"""


def solo(seed: int, *arguments, **options) -> MLP:
    torch.manual_seed(seed)
    return MLP(*arguments, **options)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_member_m_begins_as_its_mlp_under_the_seed_plus_m(activation: str) -> None:
    ensemble = Ensemble(4, [7, 6], 3, activation, members=3, seed=11)
    for index in range(3):
        alone = solo(11 + index, 4, [7, 6], 3, activation).state_dict()
        member = ensemble.member(index).state_dict()
        assert list(member) == list(alone)
        assert all(torch.equal(member[name], alone[name]) for name in alone)


def test_the_seed_is_that_of_the_last_manual_seed_and_the_generator_stays_as_it_was() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    ensemble = Ensemble(4, [7], 3, members=2)
    second = ensemble.member(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(second.layers[0].weight, solo(6, 4, [7], 3).layers[0].weight)


@pytest.mark.parametrize("batch", [0, 1, 5])
def test_outputs_are_those_of_the_members_for_shared_inputs_and_for_their_own(batch: int) -> None:
    ensemble = Ensemble(4, [7, 6], 3, "tanh", members=3, seed=0, dtype=torch.float64)
    shared, own = torch.randn(batch, 4, dtype=torch.float64), torch.randn(3, batch, 4, dtype=torch.float64)
    members = [ensemble.member(index) for index in range(3)]
    torch.testing.assert_close(ensemble(shared), torch.stack([member(shared) for member in members]))
    torch.testing.assert_close(ensemble(own), torch.stack([member(x) for member, x in zip(members, own, strict=True)]))


def test_the_state_of_an_ensemble_is_the_states_of_its_members_stacked() -> None:
    members = [solo(seed, 4, [7], 3) for seed in (3, 1, 4)]
    ensemble = Ensemble.from_members(members)
    for name, stacked in ensemble.state_dict().items():
        assert torch.equal(stacked, torch.stack([member.state_dict()[name] for member in members]))
    other = Ensemble(4, [7], 3, members=3, seed=0)
    other.load_state_dict(ensemble.state_dict())
    x = torch.randn(5, 4)
    assert torch.equal(other(x), ensemble(x))


def test_a_member_taken_out_has_copies_of_the_numbers() -> None:
    ensemble = Ensemble(4, [7], 3, members=2)
    with torch.no_grad():
        ensemble.member(0).layers[0].weight.zero_()
    assert ensemble.layers[0].weight[0].abs().sum() > 0


def test_a_change_of_one_member_leaves_the_others_bit_identical() -> None:
    torch.manual_seed(0)
    x, target = torch.randn(32, 4), torch.randint(3, (32,))
    trained = []
    for factor in (1.0, -50.0):
        ensemble = Ensemble(4, [7], 3, members=3, seed=0)
        with torch.no_grad():
            ensemble.layers[0].weight[1] *= factor
        trained.append(descend(ensemble, EnsembleLoss(CrossEntropyLoss()), x, target, 20))
    for usual, changed in zip(*trained, strict=True):
        assert torch.equal(usual[0], changed[0])
        assert torch.equal(usual[2], changed[2])
        assert not torch.equal(usual[1], changed[1])


def descend(net: torch.nn.Module, loss: torch.nn.Module, x: Tensor, t: Tensor, steps: int) -> list[Tensor]:
    """Train by Adam on mini-batches of 32, in order; return the parameters."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for step in range(steps):
        rows = slice(32 * (step % 5), 32 * (step % 5) + 32)
        optimizer.zero_grad()
        loss(net(x[rows]), t[rows]).backward()
        optimizer.step()
    return [parameter.detach() for parameter in net.parameters()]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_each_member_is_its_solo_run_after_300_steps_on_wine(activation: str, dtype: torch.dtype) -> None:
    data, target = load_wine(return_X_y=True)
    x, t = torch.from_numpy((data - data.mean(0)) / data.std(0)).to(dtype), torch.from_numpy(target)
    x, t = x[order := torch.randperm(len(x), generator=torch.Generator().manual_seed(0))], t[order]
    shape = (x.shape[1], [16, 8], 3, activation)
    ensemble = Ensemble(*shape, members=3, seed=7, dtype=dtype)
    together = descend(ensemble, EnsembleLoss(CrossEntropyLoss()), x, t, 300)
    for index in range(3):
        alone = descend(solo(7 + index, *shape, dtype=dtype), CrossEntropyLoss(), x, t, 300)
        for member, weight in zip(together, alone, strict=True):
            unit = torch.finfo(dtype).eps * weight.abs().max()
            assert (member[index] - weight).abs().max() <= ULPS * unit


def test_forward_is_the_composition_of_its_named_steps() -> None:
    ensemble = Ensemble(4, [7, 6], 3, members=2)
    x = value = torch.randn(5, 4)
    assert [name for name, _ in ensemble.named_steps()] == [name for name, _ in MLP(4, [7, 6], 3).named_steps()]
    for _, op in ensemble.named_steps():
        value = op(value)
    assert torch.equal(value, ensemble(x))


@pytest.mark.parametrize("members", [0, -3])
def test_less_than_one_member_is_refused(members: int) -> None:
    with pytest.raises(ValueError, match=f"Ensemble: members must be at least 1, got {members}"):
        Ensemble(4, [7], 3, members=members)
    with pytest.raises(ValueError, match=f"EnsembleLinear: members must be at least 1, got {members}"):
        EnsembleLinear(members, 4, 3)


@pytest.mark.parametrize("index", [-1, 2])
def test_a_member_that_is_not_there_is_refused(index: int) -> None:
    with pytest.raises(IndexError, match=re.escape(f"Ensemble: expected a member in 0 … 1, got {index}")):
        Ensemble(4, [7], 3, members=2).member(index)


@pytest.mark.parametrize(
    ("members", "got"),
    [
        ([], "none"),
        ([MLP(4, [3], 2), MLP(4, [5], 2)], "(4, 3, 2, 'relu'); (4, 5, 2, 'relu')"),
        ([MLP(4, [3], 2), MLP(4, [3], 2, "tanh")], "(4, 3, 2, 'relu'); (4, 3, 2, 'tanh')"),
    ],
    ids=["none", "sizes", "activations"],
)
def test_members_of_different_shapes_are_refused(members: list[MLP], got: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"expected networks of one shape and activation, got {got};")):
        Ensemble.from_members(members)


def test_an_unknown_activation_names_the_ensemble() -> None:
    with pytest.raises(ValueError, match="Ensemble: activation must be one of sigmoid, tanh, relu, got 'gelu'"):
        Ensemble(4, [3], 2, "gelu")

"""One network or an ensemble, by the number of members."""

from __future__ import annotations

import pytest
import torch

from handgrad.nn import MLP, Ensemble, network


def test_one_member_is_an_mlp_and_the_first_of_several() -> None:
    torch.manual_seed(3)
    one = network(4, [7], 2, "tanh")
    torch.manual_seed(3)
    several = network(4, [7], 2, "tanh", members=5)
    assert type(one) is MLP
    assert isinstance(several, Ensemble)
    assert several.members == 5
    x = torch.randn(6, 4)
    torch.testing.assert_close(several.member(0)(x), one(x), rtol=0, atol=0)


def test_rates_are_for_members() -> None:
    assert network(4, [7], 2, members=2, rates=[1, 0.5]).rates == [1.0, 0.5]
    with pytest.raises(ValueError, match=r"one positive number for each of the 1 members, got \[1, 0.5\]"):
        network(4, [7], 2, rates=[1, 0.5])


def test_no_member_is_refused() -> None:
    with pytest.raises(ValueError, match="members must be at least 1, got 0"):
        network(4, [7], 2, members=0)

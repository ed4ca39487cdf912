"""Linear is torch.nn.Linear with a hand-written gradient."""

from __future__ import annotations

import pytest
import torch

from handgrad.nn import Linear


@pytest.mark.parametrize("bias", [True, False])
def test_the_same_seed_gives_the_numbers_of_torch(bias: bool) -> None:
    torch.manual_seed(3)
    ours = Linear(5, 4, bias=bias)
    torch.manual_seed(3)
    theirs = torch.nn.Linear(5, 4, bias=bias)
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    for name, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value)


def test_each_loads_the_others_state() -> None:
    ours, theirs = Linear(5, 4), torch.nn.Linear(5, 4)
    x = torch.randn(2, 3, 5)
    ours.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=0)
    other = torch.nn.Linear(5, 4)
    other.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(x), other(x), rtol=0, atol=0)


def test_device_and_dtype_go_to_the_parameters() -> None:
    layer = Linear(5, 4, device="meta", dtype=torch.float64)
    assert {(p.device.type, p.dtype) for p in layer.parameters()} == {("meta", torch.float64)}


def test_its_repr_is_that_of_torch() -> None:
    assert repr(Linear(5, 4, bias=False)) == repr(torch.nn.Linear(5, 4, bias=False))


@pytest.mark.parametrize(("sizes", "name"), [((0, 4), "in_features"), ((4, -1), "out_features")])
def test_a_size_below_one_is_refused(sizes: tuple[int, int], name: str) -> None:
    with pytest.raises(ValueError, match=f"Linear: {name} must be at least 1, got {min(sizes)}"):
        Linear(*sizes)

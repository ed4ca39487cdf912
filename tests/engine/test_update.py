"""Who takes the optimizer's step: its kernel, or the optimizer itself."""

from __future__ import annotations

import pytest
import torch
from torch.optim import Adam

from handgrad.engine._update import update_of
from handgrad.nn import MLP


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_optimizer_steps_itself_where_its_counts_lie_on_another_device(device: str) -> None:
    net = MLP(5, [8], 3, device=device)
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer = Adam(net.parameters())
    optimizer.step()
    assert {kept["step"].device.type for kept in optimizer.state.values()} == {"cpu"}
    assert (update_of(optimizer) == optimizer.step) == (device != "cpu")

"""Every engine takes the same steps."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from handgrad.engine import ENGINES, UnsupportedError, engine_for
from handgrad.nn import MLP, CrossEntropyLoss, MSELoss


def _batches(steps: int, outputs: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    x = torch.randn(steps, 16, 5, dtype=torch.float64)
    return x, (x[..., :1] * 3).long().squeeze(-1) % outputs


def _trained(engine: str, activation: str) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    net = MLP(5, [8, 7], 3, activation, dtype=torch.float64)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, target = _batches(40, 3)
    losses = engine_for(engine, net, CrossEntropyLoss(), optimizer).steps(x, target)
    return losses, nn.utils.parameters_to_vector(net.parameters()).detach()


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("engine", ENGINES)
def test_steps_are_those_of_torch(engine: str, activation: str) -> None:
    torch.manual_seed(0)
    net = MLP(5, [8, 7], 3, activation, dtype=torch.float64).to_torch()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    expected = []
    for x, target in zip(*_batches(40, 3), strict=True):
        optimizer.zero_grad()
        loss = functional.cross_entropy(net(x), target)
        loss.backward()
        optimizer.step()
        expected.append(loss.detach())
    losses, parameters = _trained(engine, activation)
    torch.testing.assert_close(losses, torch.stack(expected), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(parameters, nn.utils.parameters_to_vector(net.parameters()), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("engine", set(ENGINES) - {"tape"})
def test_an_engine_without_a_tape_names_the_one_with_it(engine: str) -> None:
    net = nn.Sequential(nn.Linear(2, 1))
    with pytest.raises(UnsupportedError, match=f"engine={engine}: expected a handgrad.nn.MLP.*use engine=tape"):
        engine_for(engine, net, MSELoss(), torch.optim.SGD(net.parameters()))

"""The engines on a GPU."""

from __future__ import annotations

import pytest
import torch
from torch.optim import SGD, Adam, Optimizer

from handgrad.engine import ENGINES, engine_for
from handgrad.nn import MLP, CrossEntropyLoss

pytestmark = [pytest.mark.cuda, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")]


@pytest.mark.parametrize("optimizer", [SGD, Adam])
@pytest.mark.parametrize("engine", ENGINES)
def test_steps_on_a_gpu_are_those_on_the_cpu(engine: str, optimizer: type[Optimizer]) -> None:
    torch.manual_seed(0)
    x, target = torch.randn(20, 16, 5, dtype=torch.float64), torch.randint(0, 3, (20, 16))
    trained = []
    for device, name in (("cuda", engine), ("cpu", "tape")):
        torch.manual_seed(0)
        net = MLP(5, [8, 7], 3, dtype=torch.float64).to(device)
        taking = engine_for(name, net, CrossEntropyLoss(), optimizer(net.parameters(), lr=0.01))
        losses = taking.steps(x.to(device), target.to(device))
        trained.append(torch.cat([losses, torch.nn.utils.parameters_to_vector(net.parameters()).detach()]).cpu())
    torch.testing.assert_close(*trained, rtol=1e-9, atol=1e-10)

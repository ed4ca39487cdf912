"""The engines on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch.optim import SGD, Adam, Optimizer

from handgrad.engine import ENGINES, Clipping, Engine, engine_for
from handgrad.nn import MLP, CrossEntropyLoss

pytestmark = [pytest.mark.cuda, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")]

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": partial(SGD, lr=0.01),
    "momentum": partial(SGD, lr=0.01, momentum=0.9, fused=True),
    "Adam, its counts on the CPU": partial(Adam, lr=0.01),
    "Adam, its counts on the GPU": partial(Adam, lr=0.01, fused=True),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("engine", ENGINES)
def test_steps_on_a_gpu_are_those_on_the_cpu(engine: str, optimizer: str) -> None:
    torch.manual_seed(0)
    x, target = torch.randn(40, 16, 5, dtype=torch.float64), torch.randint(0, 3, (40, 16))
    trained = []
    for device, name in (("cuda", engine), ("cpu", "tape")):
        torch.manual_seed(0)
        net = MLP(5, [8, 7], 3, dtype=torch.float64).to(device)
        loss = CrossEntropyLoss(weight=[1, 2, 3], label_smoothing=0.1).to(device)
        algorithm = OPTIMIZERS[optimizer](net.parameters())
        taking = engine_for(name, net, loss, algorithm, Clipping(0.3))
        parts = []
        for rate, steps in ((0.01, slice(0, 20)), (0.003, slice(20, 40))):
            algorithm.param_groups[0]["lr"] = rate
            parts.append(taking.steps(x[steps].to(device), target[steps].to(device)))
        trained.append(torch.cat([*parts, torch.nn.utils.parameters_to_vector(net.parameters()).detach()]).cpu())
    torch.testing.assert_close(*trained, rtol=1e-9, atol=1e-10)


def test_a_graph_outlives_others() -> None:
    """What a library keeps for one graph must not go with another one."""
    x, target = torch.randn(32, 256, 64, device="cuda"), torch.randint(0, 3, (32, 256), device="cuda")
    trained = []
    for others in (0, 2):
        torch.manual_seed(0)
        taking = _descending()
        losses = [taking.steps(x, target)]
        for _ in range(others):
            _descending().steps(x, target)
            torch.cuda.empty_cache()
        trained.append(torch.cat([*losses, taking.steps(x, target)]))
    torch.testing.assert_close(*trained)


def _descending() -> Engine:
    net = MLP(64, [512], 3).to("cuda")
    return engine_for("compiled", net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.01))

"""torch as people write it, and the same through torch.compile."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.contest import Contender
from benchmarks.problem import Problem, parameters_of


def eager(problem: Problem) -> Contender:
    """The loop of every tutorial, without the reading of the loss as a number in each step."""
    net, criterion = problem.torch_net(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), problem.learning_rate)
    return _loop(problem, net, lambda x, target: criterion(net(x), target), optimizer, optimizer.step)


def compiled(problem: Problem) -> Contender:
    """The same step with network and loss as one graph, its backward as another, and the update as a third."""
    logging.getLogger("torch._dynamo").setLevel(logging.ERROR)  # it would tell that it leaves the profiler's hook out
    net, criterion = problem.torch_net(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), problem.learning_rate)
    loss_of = torch.compile(lambda x, target: criterion(net(x), target), dynamic=False)
    return _loop(problem, net, loss_of, optimizer, torch.compile(optimizer.step, dynamic=False))


def _loop(problem: Problem, net: nn.Module, loss_of: Any, optimizer: torch.optim.Optimizer, update: Any) -> Contender:
    batches = list(zip(problem.x.unbind(), problem.target.unbind(), strict=True))

    def advance() -> Tensor:
        losses = []
        for x, target in batches:
            optimizer.zero_grad()
            loss = loss_of(x, target)
            loss.backward()
            update()
            losses.append(loss.detach())
        return torch.stack(losses)

    return Contender(advance, lambda: parameters_of(net))

"""Our own: an engine by its name."""

from __future__ import annotations

import torch

from benchmarks.contest import AbsentError, Builder, Contender
from benchmarks.problem import Problem, parameters_of
from handgrad.engine import UnsupportedError, engine_for
from handgrad.nn import CrossEntropyLoss


def engine(name: str) -> Builder:
    """Our network, trained by ``engine_for(name, …).steps``."""

    def build(problem: Problem) -> Contender:
        net = problem.net()
        optimizer = torch.optim.SGD(net.parameters(), problem.learning_rate)
        try:
            made = engine_for(name, net, CrossEntropyLoss(), optimizer)
        except UnsupportedError as error:
            raise AbsentError(str(error)) from None
        return Contender(lambda: made.steps(problem.x, problem.target), lambda: parameters_of(net))

    return build

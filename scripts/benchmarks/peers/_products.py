"""The matrix products of a step alone: what no engine on this processor can go below, but by other products."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from benchmarks.problem import Problem

Product = Callable[[], object]


def products(problem: Problem) -> Product:
    """``h Wᵀ``, ``z̄ᵀ h`` and, but for the first layer, ``z̄ W``, once for each batch; each by MKL or oneDNN, the quicker one."""
    calls: list[Product] = []
    for place, (inputs, outputs) in enumerate(pairwise(problem.sizes)):
        h, grad = torch.randn(problem.batch, inputs), torch.randn(problem.batch, outputs)
        weight = torch.randn(outputs, inputs)
        operands = [(h, weight.mT), (grad.mT, h), *([(grad, weight)] if place else [])]
        calls += [_quicker(a, b) for a, b in operands]

    @torch.no_grad()
    def advance() -> None:
        for _ in range(problem.steps):
            for call in calls:
                call()

    return advance


def _quicker(a: Tensor, b: Tensor) -> Product:
    y = torch.empty(a.shape[0], b.shape[1])
    ways: list[Product] = [lambda: torch.mm(a, b, out=y)]
    if torch.backends.mkldnn.is_available():
        ways.append(lambda: torch.ops.mkldnn._linear_pointwise(a, b.mT, None, "none", [], ""))
    return min(ways, key=_seconds)


def _seconds(call: Product) -> float:
    call()
    number = max(1, round(1e-3 / timeit.timeit(call, number=1)))
    return min(timeit.repeat(call, number=number, repeat=10)) / number

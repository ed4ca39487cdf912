"""Mini-batch stochastic gradient descent as the chapter writes it (SPEC S6): ``W ← W − η dL/dW``, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn

from handgrad.ops import cross_entropy


def epoch_of_batches(rows: int, batch_size: int, generator: Generator) -> Iterator[Tensor]:
    """Yield row indices: every row once, in an order by ``generator``, ``batch_size`` at a time (the last may be fewer)."""
    yield from torch.randperm(rows, generator=generator).split(batch_size)


def sgd_epoch(net: nn.Module, x: Tensor, t: Tensor, lr: float, batch_size: int, generator: Generator) -> None:
    """Go through the rows once, a step a batch; x (rows, inputs), t (rows,) of class indices."""
    for rows in epoch_of_batches(len(x), batch_size, generator):
        sgd_step(net, cross_entropy(net(x[rows]), t[rows]), lr)


def sgd_step(net: nn.Module, loss: Tensor, lr: float) -> None:
    """Change every parameter of ``net`` by ``−lr`` times its gradient of ``loss`` (0-d)."""
    parameters = list(net.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.sub_(lr * gradient)


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, t: Tensor) -> float:
    """Return the part of the rows whose largest output is that of their class."""
    return float((net(x).argmax(1) == t).double().mean())

"""A training that everybody can do: the same weights to start from, the same batches in memory, the same learning rate."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from handgrad.nn import MLP

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """A fully connected ReLU network, trained with cross entropy and plain SGD.

    Attributes:
        sizes: inputs, hidden layers, classes.
        batch: rows of a step.
    """

    sizes: tuple[int, ...]
    batch: int
    learning_rate: ClassVar[float] = 0.01

    @property
    def name(self) -> str:
        """The sizes and the batch, for a table."""
        return f"{'-'.join(map(str, self.sizes))}, {self.batch}"

    def net(self) -> MLP:
        """Ours, always with the same numbers."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return MLP(self.sizes[0], self.sizes[1:-1], self.sizes[-1])

    def torch_net(self) -> nn.Sequential:
        """The same in torch.nn."""
        return self.net().to_torch()


@dataclass(frozen=True)
class Problem(Network):
    """Batches of noise, and steps to take on them.

    Attributes:
        steps: batches that lie in memory; a contender goes through all of them in a call.
    """

    steps: int

    @functools.cached_property
    def x(self) -> Tensor:
        """Inputs, float32, shape (steps, batch, inputs)."""
        return torch.randn(self.steps, self.batch, self.sizes[0], generator=torch.Generator().manual_seed(1))

    @functools.cached_property
    def target(self) -> Tensor:
        """Class indices, int64, shape (steps, batch)."""
        generator = torch.Generator().manual_seed(2)
        return torch.randint(self.sizes[-1], (self.steps, self.batch), generator=generator)

    @functools.cached_property
    def start(self) -> list[Array]:
        """The weights and biases to start from, layer by layer; a weight has shape (out, in)."""
        return parameters_of(self.net())


def parameters_of(net: nn.Module) -> list[Array]:
    """The numbers of a network of torch in the order of `Problem.start`, copied."""
    return [parameter.detach().cpu().numpy().copy() for parameter in net.parameters()]

"""Fully connected networks that are computed side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Self

import torch
from torch import nn
from torch.nn.utils import skip_init

from handgrad.nn._ensemble_linear import EnsembleLinear
from handgrad.nn._fully_connected import FullyConnected
from handgrad.nn._mlp import MLP


class Ensemble(FullyConnected):
    """Several `MLP` of one shape, each with its own parameters, in one batched pass.

    It takes inputs that all members share, shape (batch, in_features), or a batch for each, shape (members, batch, in_features),
    and gives the outputs of each member, shape (members, batch, out_features). Member m begins as ``MLP(…)`` does under
    ``torch.manual_seed(seed + m)``; the generators of the caller are left as they were.

    The parameters have the names of an MLP's, with a first dimension of members: the state of the ensemble is the states of its
    members, stacked.

    Args:
        in_features: number of inputs.
        hidden: the sizes of the hidden layers; empty for none.
        out_features: number of outputs.
        activation: name of the nonlinear map, one of `ACTIVATIONS`.
        members: how many networks.
        seed: the seed of the first member; None is that of the last ``torch.manual_seed``.
        rates: at what multiple of the optimizer's learning rate each member learns, as `handgrad.engine.apply_rates` sees to;
            None for all the same.
        device: where the parameters live.
        dtype: the dtype of the parameters.

    Attributes:
        members: how many networks.
        rates: as given.
        layers: the linear maps in order, each an `EnsembleLinear`.

    Raises:
        ValueError: a size is not positive, the activation is unknown, or there is not one positive rate for each member.
    """

    def __init__(
        self,
        in_features: int,
        hidden: Sequence[int],
        out_features: int,
        activation: str = "relu",
        members: int = 32,
        seed: int | None = None,
        rates: Sequence[float] | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(in_features, hidden, out_features, activation)
        if members < 1:
            raise ValueError(f"Ensemble: members must be at least 1, got {members}")
        if rates is not None and not (len(rates) == members and all(0 < rate < math.inf for rate in rates)):
            raise ValueError(
                f"Ensemble: rates must be one positive number for each of the {members} members, got {list(rates)}"
            )
        self.members = members
        self.rates = None if rates is None else [float(rate) for rate in rates]
        self.layers = nn.ModuleList(EnsembleLinear(members, *pair, device, dtype) for pair in pairwise(self.sizes))
        self.reset_parameters(seed)

    def reset_parameters(self, seed: int | None = None) -> None:
        """Draw the weights of every member anew, as its MLP would; see the class for ``seed``."""
        seed = torch.initial_seed() if seed is None else seed
        weight = next(self.parameters())
        with torch.random.fork_rng([weight.device] if weight.is_cuda else []):
            for index in range(self.members):
                torch.manual_seed(seed + index)
                self._take(index, MLP(*self._shape(), weight.device, weight.dtype))

    def member(self, index: int) -> MLP:
        """One member as a network of its own, with copies of the numbers.

        Raises:
            IndexError: there is no such member.
        """
        if not 0 <= index < self.members:
            raise IndexError(f"Ensemble: expected a member in 0 … {self.members - 1}, got {index}")
        weight = next(self.parameters())
        solo: MLP = skip_init(
            MLP, *self._shape(), device=weight.device, dtype=weight.dtype
        )  # no random number is drawn
        solo.load_state_dict({name: value[index] for name, value in self.state_dict().items()})
        return solo

    @classmethod
    def from_members(cls, members: Sequence[MLP]) -> Self:
        """The ensemble of networks that are there, with copies of their numbers.

        Raises:
            ValueError: there are none, or they are not of one shape and activation.
        """
        kinds = {(*member.sizes, member.activation) for member in members}
        if len(kinds) != 1:
            found = "; ".join(sorted(map(str, kinds))) or "none"
            raise ValueError(
                f"Ensemble.from_members: expected networks of one shape and activation, got {found}; make an ensemble of each"
            )
        first = members[0]
        weight = next(first.parameters())
        ensemble = cls(
            *(first.in_features, first.hidden, first.out_features, first.activation),
            members=len(members),
            device=weight.device,
            dtype=weight.dtype,
        )
        for index, member in enumerate(members):
            ensemble._take(index, member)
        return ensemble

    def _shape(self) -> tuple[int, list[int], int, str]:
        """What an MLP like a member is built with."""
        return self.in_features, self.hidden, self.out_features, self.activation

    @torch.no_grad()
    def _take(self, index: int, member: MLP) -> None:
        for own, given in zip(self.parameters(), member.parameters(), strict=True):
            own[index] = given

    def extra_repr(self) -> str:
        """The number of members, as ``print(module)`` shows it."""
        return f"members={self.members}"

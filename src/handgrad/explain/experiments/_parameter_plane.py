"""The plane through parameter space that shows most of a path.

A path of n + 1 parameter vectors θ_0 … θ_n, seen from its end, is the matrix D with rows θ_i − θ_n. Its singular value
decomposition D = U S Vᵀ gives the directions: the plane through θ_n along the first two rows of Vᵀ leaves the least sum of
squared distances of the path to it, and shows (S_1² + S_2²) / Σ S² of the sum of squares. (Li et al. 2018, Visualizing the Loss
Landscape of Neural Nets, section 7, without their normalisation by filter.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class ParameterPlane:
    """A plane in parameter space.

    Attributes:
        origin: the end of the path, shape (parameters,).
        directions: two orthogonal directions of length 1, shape (2, parameters).
        explained: what each shows of the path's squared distances from its end, two parts of 1.
    """

    origin: Tensor
    directions: Tensor
    explained: tuple[float, float]

    @classmethod
    def of_path(cls, path: Tensor) -> Self:
        """Return the plane that shows most of a path, shape (places, parameters), with three places or more."""
        _, singular, directions = torch.linalg.svd(path - path[-1], full_matrices=False)
        parts = (singular.square() / singular.square().sum()).tolist()
        # The sign of a singular vector is arbitrary: the start of the path is put on the positive side.
        signs = torch.where(directions[:2] @ (path[0] - path[-1]) < 0, -1.0, 1.0)
        return cls(path[-1], signs.unsqueeze(1) * directions[:2], (parts[0], parts[1]))

    def coordinates(self, places: Tensor) -> Tensor:
        """Return where places, shape (n, parameters), are seen in the plane: shape (n, 2)."""
        return (places - self.origin) @ self.directions.T

    def places(self, coordinates: Tensor) -> Tensor:
        """Return the parameters at coordinates of shape (n, 2): shape (n, parameters)."""
        return self.origin + coordinates @ self.directions


def parameters_of(net: nn.Module) -> Tensor:
    """Return all parameters as one vector, a copy."""
    return nn.utils.parameters_to_vector(net.parameters()).detach().clone()


@torch.no_grad()
def values_along(net: nn.Module, places: Tensor, value: Callable[[], Tensor]) -> list[Tensor]:
    """Return ``value()`` with the parameters of ``net`` at each of the places, shape (n, parameters); then as before."""
    before = parameters_of(net)
    values = []
    for place in places:
        nn.utils.vector_to_parameters(place, net.parameters())
        values.append(value())
    nn.utils.vector_to_parameters(before, net.parameters())
    return values

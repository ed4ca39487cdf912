"""One network or several side by side, by a number."""

from __future__ import annotations

from collections.abc import Sequence

from handgrad.nn._ensemble import Ensemble
from handgrad.nn._mlp import MLP


def network(
    in_features: int, hidden: Sequence[int], out_features: int, activation: str = "relu", members: int = 1
) -> MLP | Ensemble:
    """Build an `MLP`, or an `Ensemble` of so many.

    Args:
        in_features: number of inputs.
        hidden: the sizes of the hidden layers; empty for none.
        out_features: number of outputs.
        activation: name of the nonlinear map, one of `ACTIVATIONS`.
        members: 1 for an MLP, more for an ensemble whose first member is that MLP, if ``torch.manual_seed`` was called just before.

    Raises:
        ValueError: a size is not positive, or the activation is unknown.
    """
    if members == 1:
        return MLP(in_features, hidden, out_features, activation)
    return Ensemble(in_features, hidden, out_features, activation, members)

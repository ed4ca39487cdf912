"""One network or several side by side, by a number."""

from __future__ import annotations

from collections.abc import Sequence

from handgrad.nn._ensemble import Ensemble
from handgrad.nn._mlp import MLP


def network(
    in_features: int,
    hidden: Sequence[int],
    out_features: int,
    activation: str = "relu",
    members: int = 1,
    rates: Sequence[float] | None = None,
) -> MLP | Ensemble:
    """Build an `MLP`, or an `Ensemble` of so many.

    Args:
        in_features: number of inputs.
        hidden: the sizes of the hidden layers; empty for none.
        out_features: number of outputs.
        activation: name of the nonlinear map, one of `ACTIVATIONS`.
        members: 1 for an MLP, more for an ensemble whose first member is that MLP, if ``torch.manual_seed`` was called just before.
        rates: at what multiple of the optimizer's learning rate each member learns; None for all the same.

    Raises:
        ValueError: a size is not positive, the activation is unknown, or there is not one positive rate for each member.
    """
    if members == 1 and rates is None:
        return MLP(in_features, hidden, out_features, activation)
    return Ensemble(in_features, hidden, out_features, activation, members, rates=rates)

"""How the weights of a network begin: drawn by a rule with a name, and by a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from handgrad.nn import MLP

INITIALISATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "xavier": nn.init.xavier_uniform_,
    "he": partial(nn.init.kaiming_uniform_, nonlinearity="relu"),
    "normal": nn.init.normal_,
}
"""The rules by name: variance ``2 / (in + out)`` (Glorot and Bengio 2010), ``2 / in`` (He et al. 2015), and 1 whatever the
layer's size, as one would draw without thinking of it."""


def seeded_mlp(
    in_features: int, hidden: Sequence[int], out_features: int, activation: str, initialisation: str, seed: int
) -> MLP:
    """Return a float64 network with weights by ``initialisation`` and biases of zero; torch's own generator stays as it is.

    Raises:
        ValueError: a size, the activation or the initialisation is none.
    """
    if initialisation not in INITIALISATIONS:
        known = ", ".join(INITIALISATIONS)
        raise ValueError(f"seeded_mlp: initialisation must be one of {known}, got {initialisation!r}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = MLP(in_features, hidden, out_features, activation, dtype=torch.float64)
        for name, parameter in net.named_parameters():
            if name.endswith("weight"):
                INITIALISATIONS[initialisation](parameter)
    return net

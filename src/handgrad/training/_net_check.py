"""Whether a net fits the data, found before anything is trained."""

from __future__ import annotations

import torch
from torch import nn

from handgrad.nn import Ensemble


def check_net(who: str, net: nn.Module, features: int, outputs: int) -> None:
    """Send one row of zeros through a net.

    Args:
        who: The first word of the error.
        net: The net.
        features: How many inputs it should take.
        outputs: How many outputs it should give.

    Raises:
        ValueError: The net fails on the row, or gives another number of outputs.
    """
    weight = next(net.parameters(), torch.empty(0))
    row = torch.zeros(1, features, device=weight.device, dtype=weight.dtype)
    expected = f"{who}: expected a net from {features} features to {outputs} outputs"
    advice = "build it with the data's in_features and out_features"
    was_training = net.training
    try:
        with torch.inference_mode():
            shape = tuple(net.eval()(row).shape)
    except (RuntimeError, ValueError, IndexError) as error:
        raise ValueError(f"{expected}, got one that fails on a row of {features}: {error}; {advice}") from error
    finally:
        net.train(was_training)
    if shape != ((net.members, 1, outputs) if isinstance(net, Ensemble) else (1, outputs)):
        raise ValueError(f"{expected}, got output of shape {shape} for one row; {advice}")

"""The chapter's example, ready made."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from handgrad.explain._steps import Loss, Op
from handgrad.nn import Linear
from handgrad.ops import mse_loss, relu, sigmoid

W1 = [[3.0, 1.0, 2.0], [-2.0, -3.0, -1.0]]
W2 = [[3.0, 2.0]]


class Example(NamedTuple):
    """What `handgrad.explain.trace` takes: ``trace(*chapter_example())``."""

    net: list[tuple[str, Op]]
    loss: Loss
    x: Tensor
    target: Tensor


def chapter_example(
    activation: Literal["relu", "sigmoid"] = "relu", bias: bool = True, dtype: torch.dtype = torch.float64
) -> Example:
    """The chapter's network of three inputs, two hidden units and one output.

    Args:
        activation: ``relu``: ReLU in the hidden layer and a linear output (SPEC S4); ``sigmoid``: in both layers (SPEC S7).
        bias: whether there are biases, of 0: the values are the same with and without, but only with them there is a dL/db.
        dtype: of all numbers.

    Returns:
        The net, the loss, the input and the target.

    Raises:
        ValueError: the activation is neither of the two.
    """
    if activation not in ("relu", "sigmoid"):
        raise ValueError(f"chapter_example: activation must be 'relu' or 'sigmoid', got {activation!r}")
    hidden, output = _linear(W1, bias, dtype), _linear(W2, bias, dtype)
    net: list[tuple[str, Op]] = [("layers.0 linear", hidden)]
    if activation == "relu":
        net += [("layers.0 relu", relu), ("layers.1 linear", output)]
    else:
        net += [("layers.0 sigmoid", sigmoid), ("layers.1 linear", output), ("layers.1 sigmoid", sigmoid)]
    return Example(net, mse_loss, torch.tensor([2.0, 3.0, 1.0], dtype=dtype), torch.tensor([20.0], dtype=dtype))


def _linear(weight: list[list[float]], bias: bool, dtype: torch.dtype) -> Linear:
    numbers = {"weight": torch.tensor(weight, dtype=dtype)}
    if bias:
        numbers["bias"] = torch.zeros(len(weight), dtype=dtype)
    with torch.random.fork_rng(devices=[]):  # the initial numbers are drawn, and replaced at once
        layer = Linear(len(weight[0]), len(weight), bias=bias, dtype=dtype)
    layer.load_state_dict(numbers)
    return layer

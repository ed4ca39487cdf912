"""What one fully connected network and an ensemble of them share: linear maps with a nonlinear one between any two."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor, nn

from handgrad.ops import relu, sigmoid, tanh

Op = Callable[[Tensor], Tensor]

ACTIVATIONS: dict[str, Op] = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}
"""The nonlinear maps by the name that `MLP` and `Ensemble` take."""


class FullyConnected(nn.Module):
    """Layers in a row, each with a nonlinear map after it but the last (SPEC S1). A subclass fills ``layers``.

    Args:
        in_features: number of inputs.
        hidden: the sizes of the hidden layers; empty for none.
        out_features: number of outputs.
        activation: name of the nonlinear map, one of `ACTIVATIONS`.

    Attributes:
        layers: the linear maps in order.

    Raises:
        ValueError: a hidden size is not positive, or the activation is unknown.
    """

    layers: nn.ModuleList

    def __init__(self, in_features: int, hidden: Sequence[int], out_features: int, activation: str) -> None:
        super().__init__()
        who = type(self).__name__
        if activation not in ACTIVATIONS:
            raise ValueError(f"{who}: activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
        if any(size < 1 for size in hidden):
            raise ValueError(f"{who}: every hidden size must be at least 1, got {list(hidden)}")
        self.in_features = in_features
        self.hidden = list(hidden)
        self.out_features = out_features
        self.activation = activation

    @property
    def sizes(self) -> list[int]:
        """The sizes of all layers of nodes, from the inputs to the outputs."""
        return [self.in_features, *self.hidden, self.out_features]

    def named_steps(self) -> list[tuple[str, Op]]:
        """The network op by op, in order, each named by its layer and op; `forward` is their composition."""
        steps: list[tuple[str, Op]] = []
        for index, layer in enumerate(self.layers):
            if steps:
                steps.append((f"layers.{index - 1} {self.activation}", ACTIVATIONS[self.activation]))
            steps.append((f"layers.{index} linear", layer))
        return steps

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*outputs_batch outputs"]:
        """The outputs for ``x``."""
        activation = ACTIVATIONS[self.activation]
        *inner, last = self.layers
        for layer in inner:
            x = activation(layer(x))
        y: Tensor = last(x)
        return y

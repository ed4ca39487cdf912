"""The fully connected network."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Self, cast

import torch
from torch import nn

from handgrad.nn._fully_connected import FullyConnected
from handgrad.nn._linear import Linear

_TORCH_ACTIVATIONS: dict[str, type[nn.Module]] = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
_NAMES = {kind: name for name, kind in _TORCH_ACTIVATIONS.items()}


class MLP(FullyConnected):
    """A fully connected network: linear maps with a nonlinear one between any two of them (SPEC S1).

    The output is that of the last linear map: logits for classes, values for a regression.

    Weights are drawn uniformly with the variance that Glorot and Bengio (2010) derive for sigmoid and tanh,
    ``2 / (in + out)``, or He et al. (2015) for ReLU, ``2 / in``. Biases start at zero.

    Args:
        in_features: number of inputs.
        hidden: the sizes of the hidden layers; empty for none.
        out_features: number of outputs.
        activation: name of the nonlinear map, one of `ACTIVATIONS`.
        device: where the parameters live.
        dtype: the dtype of the parameters.

    Attributes:
        layers: the linear maps in order.

    Raises:
        ValueError: a size is not positive, or the activation is unknown.
    """

    def __init__(
        self,
        in_features: int,
        hidden: Sequence[int],
        out_features: int,
        activation: str = "relu",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(in_features, hidden, out_features, activation)
        self.layers = nn.ModuleList(Linear(*pair, device=device, dtype=dtype) for pair in pairwise(self.sizes))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew (He for ReLU, Glorot otherwise) and set the biases to zero."""
        for name, parameter in self.layers.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif self.activation == "relu":
                nn.init.kaiming_uniform_(parameter, nonlinearity="relu")
            else:
                nn.init.xavier_uniform_(parameter)

    def to_torch(self) -> nn.Sequential:
        """The same network in plain torch: a Sequential of ``torch.nn`` modules with copies of the numbers."""
        modules: list[nn.Module] = []
        for layer in self.layers:
            if modules:
                modules.append(_TORCH_ACTIVATIONS[self.activation]())
            modules.append(_to_torch(cast(Linear, layer)))
        return nn.Sequential(*modules)

    @classmethod
    def from_torch(cls, network: nn.Sequential) -> Self:
        """The same network with hand-written gradients, from a Sequential as `to_torch` makes it.

        Raises:
            ValueError: the modules are not such a sequence.
        """
        linears = [module for module in list(network)[::2] if isinstance(module, nn.Linear) and module.bias is not None]
        names = [_NAMES.get(type(module), type(module).__name__) for module in list(network)[1::2]]
        if len(linears) != len(names) + 1 or len(linears) + len(names) != len(network):
            raise ValueError(
                "MLP.from_torch: expected Linear modules (with bias) with a Sigmoid, Tanh or ReLU between any two of them, "
                f"got {network}"
            )
        if len(set(names)) > 1:
            raise ValueError(f"MLP.from_torch: all activations must be the same, got {', '.join(names)}")
        first, last = linears[0], linears[-1]
        hidden = [module.out_features for module in linears[:-1]]
        activation = names[0] if names else "relu"
        mlp = cls(
            first.in_features, hidden, last.out_features, activation, first.weight.device, dtype=first.weight.dtype
        )
        for layer, module in zip(mlp.layers, linears, strict=True):
            layer.load_state_dict(module.state_dict())
        return mlp


def _to_torch(layer: Linear) -> nn.Linear:
    twin = nn.Linear(layer.in_features, layer.out_features, device=layer.weight.device, dtype=layer.weight.dtype)
    twin.load_state_dict(layer.state_dict())
    return twin

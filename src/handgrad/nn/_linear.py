"""The linear map with its parameters."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from handgrad.ops import linear


class Linear(nn.Module):
    """``y = x Wᵀ + b`` with a hand-written gradient: `handgrad.ops.linear` with its parameters.

    Initialisation, parameter names and ``state_dict`` keys are those of ``torch.nn.Linear``, so that the same seed gives the same
    numbers and either one loads the other's state.

    Args:
        in_features: size of the last dimension of the input.
        out_features: size of the last dimension of the output.
        bias: whether to add a bias.
        device: where the parameters live.
        dtype: the dtype of the parameters.

    Attributes:
        weight: the weight matrix, shape ``(out_features, in_features)``.
        bias: shape ``(out_features,)``, or None.

    Raises:
        ValueError: a size is not a positive integer.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if size < 1:
                raise ValueError(f"Linear: {name} must be at least 1, got {size}")
        self.in_features = in_features
        self.out_features = out_features
        self.weight = nn.Parameter(torch.empty(out_features, in_features, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(out_features, device=device, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every parameter uniformly from ±1/√in_features, in the order and with the bounds of ``torch.nn.Linear``."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features)
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """The linear map of ``x``."""
        return linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes, as ``print(module)`` shows them."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

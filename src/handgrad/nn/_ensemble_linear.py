"""The linear maps of an ensemble with their parameters."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from handgrad.ops import ensemble_linear


class EnsembleLinear(nn.Module):
    """``y_m = x_m W_mᵀ + b_m`` for every member m: `handgrad.ops.ensemble_linear` with its parameters.

    The parameters have no values yet: whoever makes the members, such as `Ensemble`, fills them.

    Args:
        members: how many linear maps.
        in_features: size of the last dimension of the input.
        out_features: size of the last dimension of the output.
        device: where the parameters live.
        dtype: the dtype of the parameters.

    Attributes:
        weight: the weight matrices, shape ``(members, out_features, in_features)``.
        bias: shape ``(members, out_features)``.

    Raises:
        ValueError: a size is not a positive integer.
    """

    def __init__(
        self,
        members: int,
        in_features: int,
        out_features: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        for name, size in (("members", members), ("in_features", in_features), ("out_features", out_features)):
            if size < 1:
                raise ValueError(f"EnsembleLinear: {name} must be at least 1, got {size}")
        self.members = members
        self.in_features = in_features
        self.out_features = out_features
        self.weight = nn.Parameter(torch.empty(members, out_features, in_features, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(members, out_features, device=device, dtype=dtype))

    def forward(self, x: Float[Tensor, "*members batch inputs"]) -> Float[Tensor, "members batch outputs"]:
        """The linear map of each member, of ``x`` that all share or of its own."""
        return ensemble_linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes, as ``print(module)`` shows them."""
        return f"members={self.members}, in_features={self.in_features}, out_features={self.out_features}"

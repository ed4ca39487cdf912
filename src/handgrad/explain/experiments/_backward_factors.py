"""What each layer multiplies the gradient by on its way back, split into the activation's share and the weights'.

With u_l = W_l h_{l−1} + b_l and h_l = a(u_l), l = 1 … K, h_0 = x, and no activation after the last:

    dL/dh_{l−1} = W_lᵀ dL/du_l            weight factor of layer l        ‖dL/dh_{l−1}‖ / ‖dL/du_l‖  ≤  ‖W_l‖₂
    dL/du_l     = a'(u_l) ⊙ dL/dh_l       activation factor of layer l    ‖dL/du_l‖ / ‖dL/dh_l‖     ≤  max |a'|

Norms are over all rows and units, so the factors telescope, without remainder:

    ‖dL/du_1‖ / ‖dL/du_K‖ = Π_{l=1…K−1} activation factor of l · weight factor of l + 1

The chapter's bound (SPEC S9) is the first half, max |σ'| = 1/4 for each layer; the second half is what it leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, prod

import torch
from torch import Tensor

from handgrad.nn import MLP
from handgrad.ops import cross_entropy

LARGEST_SLOPE = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
"""max |a'| of each activation: the largest factor that it can contribute."""


@dataclass(frozen=True)
class LayerGradient:
    """The gradient at one layer; all norms are 2-norms over all rows and units.

    Attributes:
        layer: the number of the layer, from 1 at the input.
        weight_gradient: ``‖dL/dW‖``, which an update is proportional to.
        pre_activation_gradient: ``‖dL/du‖``.
        activation_factor: ``‖dL/du‖ / ‖dL/dh‖``; None for the last layer, which has no activation.
        weight_factor: ``‖Wᵀ dL/du‖ / ‖dL/du‖``; None for the first layer, behind which nothing is left to reach.
        spectral_norm: ``‖W‖₂``, the largest value that the weight factor can have.
    """

    layer: int
    weight_gradient: float
    pre_activation_gradient: float
    activation_factor: float | None
    weight_factor: float | None
    spectral_norm: float


def backward_factors(net: MLP, x: Tensor, t: Tensor) -> list[LayerGradient]:
    """Send rows through ``net`` and the mean cross entropy back, and return what each layer did to the gradient.

    Args:
        net: the network.
        x: rows, shape (rows, inputs).
        t: class indices, shape (rows,).

    Returns:
        One record a layer, the first layer first. A factor whose denominator is 0 is NaN.
    """
    values = [x]
    for _, op in net.named_steps():
        values.append(op(values[-1]))
    weights = [parameter for name, parameter in net.named_parameters() if name.endswith("weight")]
    loss = cross_entropy(values[-1], t)
    gradients = torch.autograd.grad(loss, [*values[1:], *weights])
    upstream = [gradient.norm().item() for gradient in gradients[: len(values) - 1]]  # u_1, h_1, u_2, …, u_K
    own = [gradient.norm().item() for gradient in gradients[len(values) - 1 :]]
    return [
        LayerGradient(
            layer=index + 1,
            weight_gradient=own[index],
            pre_activation_gradient=upstream[2 * index],
            activation_factor=_ratio(*upstream[2 * index : 2 * index + 2]) if index + 1 < len(weights) else None,
            weight_factor=_ratio(*upstream[2 * index - 1 : 2 * index + 1]) if index else None,
            spectral_norm=torch.linalg.matrix_norm(weight.detach(), 2).item(),
        )
        for index, weight in enumerate(weights)
    ]


def activations_factor(layers: Sequence[LayerGradient]) -> float:
    """Return what all activations together multiplied the gradient by."""
    return prod(layer.activation_factor for layer in layers if layer.activation_factor is not None)


def weights_factor(layers: Sequence[LayerGradient]) -> float:
    """Return what all weight matrices but the first, which only the inputs are behind, multiplied the gradient by."""
    return prod(layer.weight_factor for layer in layers if layer.weight_factor is not None)


def first_to_last(layers: Sequence[LayerGradient]) -> float:
    """Return ``‖dL/dW‖`` of the first layer as a multiple of the last layer's."""
    return _ratio(layers[0].weight_gradient, layers[-1].weight_gradient)


def _ratio(after: float, before: float) -> float:
    return after / before if before else nan

"""Backpropagation written by hand (SPEC S8): forward keeping what each op needs, backward multiplying.

Forward     h₀ = x        z_l = h_{l−1} W_lᵀ + b_l        h_l = f(z_l) for all but the last layer        L = loss(z_last, t)
Backward    z̄_last = ∂L/∂z        and from the last layer to the first
            W̄_l = z̄_lᵀ h_{l−1}        b̄_l = Σ_n z̄_l        h̄_{l−1} = z̄_l W_l        z̄_{l−1} = h̄_{l−1} · f′(z_{l−1})
Ensemble    The same for each member, by the rules for all members at once.

Every line is the rule of an op, the one that its Function calls too; no tape is kept. The x̄ of the first layer is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

from torch import Tensor, nn

from handgrad.engine._engine import Loss
from handgrad.nn import ACTIVATIONS, MLP, Ensemble, EnsembleLinear, FullyConnected, Linear
from handgrad.ops._ensemble_linear import (
    ensemble_linear_vjp_bias,
    ensemble_linear_vjp_weight,
    ensemble_linear_vjp_x,
)
from handgrad.ops._linear import linear_vjp_bias, linear_vjp_weight, linear_vjp_x
from handgrad.ops._relu import relu_product
from handgrad.ops._sigmoid import sigmoid_product
from handgrad.ops._tanh import tanh_product

Learn = Callable[[nn.Parameter, Tensor], None]
"""What is done with a parameter and its gradient, as soon as nobody needs the parameter's old value any more."""

_PRODUCTS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "sigmoid": sigmoid_product,
    "tanh": lambda grad_h, z, h: tanh_product(grad_h, z),
    "relu": lambda grad_h, z, h: relu_product(grad_h, h),
}
"""``(h̄, z, h) -> z̄``, by the name of the activation."""

_MUCH = 2**20
"""Numbers of all hidden layers from which h is computed from z again: to keep both would take twice torch's memory."""


class _Rules(NamedTuple):
    """The products of a linear map: of ``(z̄, W)``, of ``(z̄, h)`` and of ``z̄``."""

    x: Callable[[Tensor, Tensor], Tensor]
    weight: Callable[[Tensor, Tensor], Tensor]
    bias: Callable[[Tensor], Tensor]


_RULES: dict[type[FullyConnected], _Rules] = {
    MLP: _Rules(linear_vjp_x, linear_vjp_weight, linear_vjp_bias),
    Ensemble: _Rules(ensemble_linear_vjp_x, ensemble_linear_vjp_weight, ensemble_linear_vjp_bias),
}


def backpropagate(net: FullyConnected, loss: Loss, x: Tensor, target: Tensor, learn: Learn) -> Tensor:
    """Give every parameter with its gradient to ``learn``; return the loss, 0-d. Call it without a tape (``torch.no_grad``)."""
    activation, product, rules = ACTIVATIONS[net.activation], _PRODUCTS[net.activation], _RULES[type(net)]
    layers = cast(list[Linear | EnsembleLinear], list(net.layers))
    again = (
        net.activation != "relu" and x.shape[-2] * sum(own.weight.shape[:-1].numel() for own in layers[:-1]) >= _MUCH
    )
    z, kept = layers[0](x), list[tuple[Tensor, Tensor | None]]()
    for layer in layers[1:]:
        h = activation(z)
        kept.append((h if net.activation == "relu" else z, None if again else h))
        z = layer(h)
    value, grad = loss(z, target), loss.gradient(z, target)
    for layer in reversed(layers):
        z, known = kept.pop() if kept else (x, x)
        inputs = activation(z) if known is None else known
        gradients = {layer.weight: rules.weight(grad, inputs)}
        if layer.bias is not None:
            gradients[layer.bias] = rules.bias(grad)
        if layer is not layers[0]:
            grad = product(rules.x(grad, layer.weight), z, inputs)
        for parameter, gradient in gradients.items():
            learn(parameter, gradient)
    return value

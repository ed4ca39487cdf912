"""Reverse mode: what ``backward`` returns."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws._compare import require_close
from handgrad.laws._differences import jacobian
from handgrad.laws._law import Law
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream


def vjp_is_finite_differences(subject: Subject) -> None:
    """Compare the gradients for a random upstream gradient with differences of the function's values."""
    leaves = subject.leaves()
    outputs = subject(*leaves)
    grads_y = upstream(outputs, subject.seed)
    grads = torch.autograd.grad(outputs, leaves, grads_y, allow_unused=True)
    jacobians = jacobian(subject, subject.points)
    for place, (name, grad) in enumerate(zip(subject.names, grads, strict=True)):
        value, noise = torch.zeros_like(leaves[place]).double(), torch.zeros_like(leaves[place]).double()
        for grad_y, row in zip(grads_y, jacobians, strict=True):
            value = value + _product(grad_y.double(), row[place].value)
            noise = noise + _product(grad_y.double().abs(), row[place].noise)
        require_close(f"gradient of {name}", grad, value, noise)


def _product(grad_y: Tensor, jacobian: Tensor) -> Tensor:
    product: Tensor = torch.tensordot(grad_y, jacobian, grad_y.dim())
    return product


LAWS = (
    Law("vjp", "reverse", "Reverse mode gives the derivative: VJP = finite differences.", vjp_is_finite_differences),
)

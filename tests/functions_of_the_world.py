"""Functions that many people write, in our own words from their published descriptions."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


class LinearFunction(Function):
    """A linear map as PyTorch's note "Extending PyTorch" describes it: for matrices, with an optional bias."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        y = x.mm(weight.t())
        if bias is not None:
            y += bias.unsqueeze(0).expand_as(y)
        return y

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor | None], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight, bias = ctx.saved_tensors
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        grad_x = grad_y.mm(weight) if needs_x else None
        grad_weight = grad_y.t().mm(x) if needs_weight else None
        grad_bias = grad_y.sum(0) if bias is not None and needs_bias else None
        return grad_x, grad_weight, grad_bias


class StraightThroughRound(Function):
    """Rounding whose gradient is, by declaration, that of the identity (Bengio, Léonard, Courville 2013)."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x.round()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return grad_y.clone()


class GradientReversal(Function):
    """The identity, whose gradient is turned round and scaled, for domain-adversarial training (Ganin, Lempitsky 2015)."""

    @staticmethod
    def forward(x: Tensor, strength: float) -> Tensor:
        return x.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float], output: Tensor) -> None:
        ctx.strength = inputs[1]

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * grad_y, None


class BitPackedReLU(Function):
    """ReLU that keeps a bit for each entry instead of the entry, as memory-saving libraries do."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        blocked = (x <= 0).reshape(-1)
        eights = torch.nn.functional.pad(blocked, (0, -blocked.numel() % 8)).reshape(-1, 8)
        ctx.save_for_backward((eights * powers_of_two(x)).sum(1).to(torch.uint8))
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        eights = ctx.saved_tensors[0][:, None].bitwise_and(powers_of_two(grad_y)).ne(0)
        return grad_y.masked_fill(eights.reshape(-1)[: grad_y.numel()].reshape(grad_y.shape), 0)


def powers_of_two(like: Tensor) -> Tensor:
    return 2 ** torch.arange(8, device=like.device)

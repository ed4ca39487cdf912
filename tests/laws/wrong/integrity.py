"""Integrity and what is saved: right numbers, at the cost of somebody's tensors or memory."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd import Function

from judged import Product, numbers
from laws.wrong.wrong import Wrong, wrong_product

PRODUCT = (numbers(4, 3), numbers(3, seed=1))


class ModifiesInput(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        grads = Product.backward(ctx, grad_y)
        ctx.saved_tensors[0].data.mul_(2)
        return grads


class ModifiesUpstream(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        grads = Product.backward(ctx, grad_y)
        with torch.no_grad():
            grad_y.mul_(2)
        return grads


class ModifiesTangent(Product):
    @staticmethod
    def jvp(ctx: Any, tangent_x: Tensor, tangent_w: Tensor) -> Tensor:
        result = Product.jvp(ctx, tangent_x, tangent_w)
        tangent_x.mul_(2)
        return result


class SharesMemory(Function):
    """Half a square, for an upstream gradient that it takes for one."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.square() / 2

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return ctx.saved_tensors[0]


class ConsumesItsContext(Product):
    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        Product.setup_context(ctx, inputs, output)
        ctx.factors = [1, 2]

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        return Product.backward(ctx, ctx.factors.pop(0) * grad_y)


class Draws(Product):
    calls = 0

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        Draws.calls += 1
        return Product.backward(ctx, grad_y * (1 + Draws.calls))


class NeverReadsWhatItSaves(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return 2 * x

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return 2 * grad_y


class Stashes(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.x = x
        return x.square()

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return 2 * ctx.x * grad_y


class Cycle(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.y = x.exp()
        return ctx.y

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return ctx.y * grad_y


class Cache(Product):
    kept: ClassVar[list[Tensor]] = []

    @staticmethod
    def forward(x: Tensor, w: Tensor) -> Tensor:
        Cache.kept.append(x)
        return Product.forward(x, w)


def saves_always(x: Tensor) -> Tensor:
    with torch.enable_grad():
        return (x.detach().requires_grad_().square() + x - x.detach()).detach() * x / x


WRONG = {
    "inputs_kept": wrong_product(ModifiesInput, *PRODUCT),
    "upstream_kept": wrong_product(ModifiesUpstream, *PRODUCT),
    "saved_kept": wrong_product(ModifiesInput, *PRODUCT),
    "tangents_kept": wrong_product(ModifiesTangent, *PRODUCT),
    "own_memory": Wrong(SharesMemory.apply),
    "repeatable": wrong_product(ConsumesItsContext, *PRODUCT),
    "deterministic": wrong_product(Draws, *PRODUCT),
    "freed_graph": Wrong(NeverReadsWhatItSaves.apply),
    "changes_detected": Wrong(Stashes.apply),
    "nothing_saved": Wrong(saves_always),
    "saved_by_torch": Wrong(Stashes.apply),
    "leak": wrong_product(Cache, *PRODUCT),
    "cycle": Wrong(Cycle.apply),
}

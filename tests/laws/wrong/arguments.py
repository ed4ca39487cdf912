"""Layouts, shapes, arguments, rules: right for ordinary tensors only."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd import Function

from handgrad.laws import Status
from judged import Product, numbers
from laws.wrong.wrong import Wrong, wrong_product

SAME = (numbers(4, 3), numbers(4, 3, seed=1))
WITH_A_ROW = (numbers(4, 3), numbers(3, seed=1))
LAYOUTS = ("transposed", "strided", "narrowed", "offset", "expanded")


def read_as_contiguous(tensor: Tensor) -> Tensor:
    """Like a kernel that is given the address of the storage."""
    flat = torch.as_strided(tensor, (min(tensor.numel(), tensor.untyped_storage().size() // 8),), (1,), 0)
    return flat.repeat(tensor.numel())[: tensor.numel()].reshape(tensor.shape)


class ReadsInputsAsContiguous(Product):
    @staticmethod
    def forward(x: Tensor, w: Tensor) -> Tensor:
        return read_as_contiguous(x) * w


class ReadsUpstreamAsContiguous(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        return Product.backward(ctx, read_as_contiguous(grad_y))


class DividesByTheRows(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        return Product.backward(ctx, grad_y * (len(grad_y) // len(grad_y)))


class SumsTheRowsOnly(Product):
    """Right for a row of weights; the engine cannot sum what is summed already."""

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        x, w = ctx.saved_tensors
        grad_w = grad_y * x
        return grad_y * w, grad_w[:1] if w.shape[0] == 1 else grad_w


class OnlyBoth(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        scale = 1 if all(ctx.needs_input_grad) else 2
        return Product.backward(ctx, scale * grad_y)


class ForgetsTheSecondUse(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        x, w = ctx.saved_tensors
        grad_x, grad_w = Product.backward(ctx, grad_y)
        return grad_x, grad_w * (0 if x.data_ptr() == w.data_ptr() else 1)


class KeepsOnTheClass(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        KeepsOnTheClass.x = x
        return x.square()

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return 2 * KeepsOnTheClass.x * grad_y


class RunsOnce(Function):
    seen: ClassVar[set[int]] = set()

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.twice = x.data_ptr() in RunsOnce.seen
        RunsOnce.seen.add(x.data_ptr())
        return 2 * x

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return grad_y if ctx.twice else 2 * grad_y


class NotSummed(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        x, w = ctx.saved_tensors
        return grad_y * w, grad_y * x


class Narrowed(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        grad_x, grad_w = Product.backward(ctx, grad_y)
        return grad_x, grad_w.float() if grad_w is not None else None


class ComputesAll(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        x, w = ctx.saved_tensors
        return grad_y * w, (grad_y * x).sum_to_size(w.shape)


WRONG = {
    **{f"inputs_{layout}": wrong_product(ReadsInputsAsContiguous, *WITH_A_ROW) for layout in LAYOUTS},
    **{f"upstream_{layout}": wrong_product(ReadsUpstreamAsContiguous, *WITH_A_ROW) for layout in LAYOUTS},
    "empty_batch": wrong_product(DividesByTheRows, *WITH_A_ROW),
    "broadcasting": wrong_product(SumsTheRowsOnly, *SAME),
    "subsets": wrong_product(OnlyBoth, *SAME),
    "same_tensor": wrong_product(ForgetsTheSecondUse, *SAME),
    "used_twice": Wrong(RunsOnce.apply),
    "overlapping_calls": Wrong(KeepsOnTheClass.apply),
    "rule_shapes": wrong_product(NotSummed, *WITH_A_ROW),
    "rule_dtypes": wrong_product(Narrowed, *WITH_A_ROW),
    "rule_needed": Wrong(ComputesAll.apply, SAME, Product.apply, ends=Status.NOT_OFFERED),
}

"""Dtypes, autocast, tensors of other kinds, modes, checkpoints, tracing: right in a plain call only."""

from __future__ import annotations

import threading
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.autograd import Function
from torch.fx.experimental.proxy_tensor import get_proxy_mode

from judged import Product, numbers
from laws.written import function
from laws.wrong.wrong import Wrong, wrong_product, wrong_when

PRODUCT = (numbers(4, 3), numbers(3, seed=1))
LOW = (torch.float32, torch.bfloat16, torch.float16)


def wrong_in(dtype: torch.dtype) -> type[Product]:
    """Right in all dtypes but one."""

    def backward(ctx: Any, grad_y: Tensor) -> Any:
        return Product.backward(ctx, grad_y * (1.25 if grad_y.dtype == dtype else 1))

    return type("WrongIn", (Product,), {"backward": staticmethod(backward)})


class SaysFloat32(Product):
    @staticmethod
    def forward(x: Tensor, w: Tensor) -> Tensor:
        return (x * w).float()


class CastsToTheFirst(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        grad_x, grad_w = Product.backward(ctx, grad_y)
        return grad_x, None if grad_w is None else grad_w.to(ctx.saved_tensors[0].dtype)


class NotUnderAutocast(Function):
    """Multiplies matrices, whose dtypes autocast lets differ in the backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        x, w = ctx.saved_tensors
        return grad_y @ w.t(), x.t() @ grad_y


class BackwardDependsOnWhereItRuns(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        return Product.backward(ctx, grad_y * (0.5 if torch.is_autocast_enabled("cpu") else 1))


def low_within_any_autocast(x: Tensor) -> Tensor:
    nested = torch.autocast_increment_nesting() > 1
    torch.autocast_decrement_nesting()
    return x.to(torch.bfloat16) if nested else x * 1


class OtherShapeOnMeta(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.flatten() * 2 if x.is_meta or isinstance(x, FakeTensor) else x * 2

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return (2 * grad_y).reshape(4, 3)


class Clips(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        return tuple(None if g is None else g.clamp(-0.5, 0.5) for g in Product.backward(ctx, grad_y))


def nothing_the_second_time(grad_y: Tensor, x: Tensor) -> Tensor:
    return grad_y * x.cos() * (x.grad is None)


class UnpacksTwice(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        x, _ = ctx.saved_tensors
        _, w = ctx.saved_tensors
        return grad_y * w, (grad_y * x).sum_to_size(w.shape)


class UnpacksTwiceForTheSecond(Product):
    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Any:
        rule = UnpacksTwice if torch.is_grad_enabled() else Product
        return rule.backward(ctx, grad_y)


def in_another_thread(x: Tensor) -> bool:
    return threading.current_thread() is not threading.main_thread()


def in_a_transform(x: Tensor) -> bool:
    return torch._C._functorch.maybe_current_level() is not None


def left_from_a_transform(x: Tensor) -> bool:
    return torch._C._functorch.is_gradtrackingtensor(x) and not in_a_transform(x)


def of_a_subclass(x: Tensor) -> bool:
    return type(x) is not Tensor


def traced(x: Tensor) -> bool:
    return get_proxy_mode() is not None


def traced_as(kind: type, what: Any) -> Any:
    return lambda x: traced(x) and isinstance(what(x), kind)


WRONG = {
    "float64": Wrong(SaysFloat32.apply, PRODUCT, Product.apply, torch.mul),
    **{str(dtype).removeprefix("torch."): wrong_product(wrong_in(dtype), *PRODUCT) for dtype in LOW},
    "mixed_dtypes": Wrong(CastsToTheFirst.apply, PRODUCT, torch.mul),
    "autocast_inside": wrong_product(BackwardDependsOnWhereItRuns, *PRODUCT),
    "autocast_outside": Wrong(NotUnderAutocast.apply, (numbers(4, 3), numbers(3, 2)), torch.matmul),
    "autocast_off": Wrong(low_within_any_autocast),
    "autocast_func": Wrong(wrong_when(lambda x: in_a_transform(x) and torch.is_autocast_enabled("cpu"))),
    "meta": Wrong(OtherShapeOnMeta.apply),
    "fake": Wrong(OtherShapeOnMeta.apply),
    "subclass": Wrong(wrong_when(of_a_subclass)),
    "wrapper_subclass": Wrong(wrong_when(of_a_subclass)),
    "parameters": Wrong(wrong_when(lambda x: isinstance(x, torch.nn.Parameter))),
    "no_grad": Wrong(wrong_when(lambda x: not torch.is_grad_enabled())),
    "inference_mode": Wrong(wrong_when(lambda x: torch.is_inference_mode_enabled())),
    "func_no_grad": Wrong(wrong_when(in_a_transform)),
    "func_inference_mode": Wrong(wrong_when(in_a_transform)),
    "escaped": Wrong(wrong_when(left_from_a_transform)),
    "anomaly": Wrong(wrong_when(lambda x: torch.is_anomaly_enabled())),
    "threads": Wrong(wrong_when(in_another_thread)),
    "func_threads": Wrong(wrong_when(in_another_thread)),
    "hooks": wrong_product(Clips, *PRODUCT),
    "accumulation": Wrong(function(torch.sin, nothing_the_second_time)),
    "checkpoint": wrong_product(UnpacksTwice, *PRODUCT),
    "checkpoint_reentrant": Wrong(wrong_when(lambda x: not torch.is_grad_enabled())),
    "checkpoint_second": wrong_product(UnpacksTwiceForTheSecond, *PRODUCT),
    "saved_elsewhere": Wrong(
        wrong_when(lambda x: torch._C._autograd._top_saved_tensors_default_hooks(True) is not None)
    ),
    "traced_real": Wrong(wrong_when(lambda x: traced(x) and not isinstance(x, FakeTensor))),
    "traced_fake": Wrong(wrong_when(traced_as(FakeTensor, lambda x: x))),
    "traced_symbolic": Wrong(wrong_when(traced_as(torch.SymInt, lambda x: x.shape[0]))),
    "traced_func": Wrong(wrong_when(lambda x: traced(x) and in_a_transform(x))),
}

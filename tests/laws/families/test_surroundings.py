"""Tensors of other kinds, modes, checkpoints, tracing: what works in a plain call only is caught, or named as not offered."""

from __future__ import annotations

import threading

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensor
from torch.autograd import Function

from handgrad.laws import LAWS, Status
from judged import Product, judge, numbers

FAMILIES = ("tensors", "modes", "checkpoints", "tracing")
ALL = [law.name for law in LAWS if law.family in FAMILIES]
ARGUMENTS = (numbers(4, 3), numbers(3, seed=1))


@pytest.mark.parametrize("law", [name for name in ALL if name != "func_threads"])
def test_a_right_rule_holds(law: str) -> None:
    assert judge(law, Product.apply, *ARGUMENTS).status is Status.HOLDS


@pytest.mark.parametrize("law", ALL)
def test_torch_s_own_holds(law: str) -> None:
    assert judge(law, torch.nn.functional.linear, numbers(4, 3), numbers(2, 3)).status in (
        Status.HOLDS,
        Status.NOT_APPLICABLE,
    )


class ByNumpy(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(x.detach().numpy() ** 2)

    @staticmethod
    def backward(ctx, grad_y):
        return 2 * ctx.saved_tensors[0] * grad_y


@pytest.mark.parametrize("law", ["meta", "fake", "subclass", "traced_fake", "traced_symbolic"])
def test_a_foreign_kernel_does_not_offer_what_tracers_need(law: str) -> None:
    assert judge(law, ByNumpy.apply, numbers(4, 3)).status is Status.NOT_OFFERED


class OtherShapeOnMeta(Function):
    @staticmethod
    def forward(ctx, x):
        return x.flatten() * 2 if x.is_meta or isinstance(x, FakeTensor) else x * 2

    @staticmethod
    def backward(ctx, grad_y):
        return (2 * grad_y).reshape(4, 3)


@pytest.mark.parametrize("law", ["meta", "fake"])
def test_another_shape_for_tensors_without_numbers_is_caught(law: str) -> None:
    assert judge(law, OtherShapeOnMeta.apply, numbers(4, 3)).status is Status.BROKEN


def wrong_when(condition):
    """A double that is a triple where ``condition`` holds."""

    def double(x: torch.Tensor) -> torch.Tensor:
        return x * (3 if condition(x) else 2)

    return double


WRONG = {
    "subclass": lambda x: type(x) is not torch.Tensor,
    "wrapper_subclass": lambda x: type(x) is not torch.Tensor,
    "parameters": lambda x: isinstance(x, torch.nn.Parameter),
    "no_grad": lambda x: not torch.is_grad_enabled(),
    "inference_mode": lambda x: torch.is_inference_mode_enabled(),
    "func_no_grad": lambda x: torch._C._functorch.maybe_current_level() is not None,
    "func_inference_mode": lambda x: torch._C._functorch.maybe_current_level() is not None,
    "anomaly": lambda x: torch.is_anomaly_enabled(),
    "threads": lambda x: threading.current_thread() is not threading.main_thread(),
    "func_threads": lambda x: threading.current_thread() is not threading.main_thread(),
    "checkpoint_reentrant": lambda x: not torch.is_grad_enabled(),
    "saved_elsewhere": lambda x: torch._C._autograd._top_saved_tensors_default_hooks(True) is not None,
    "traced_real": lambda x: torch.fx.experimental.proxy_tensor.get_proxy_mode() is not None,
    "traced_func": lambda x: torch.fx.experimental.proxy_tensor.get_proxy_mode() is not None,
}


@pytest.mark.parametrize("law", WRONG)
def test_what_is_different_there_is_caught(law: str) -> None:
    assert judge(law, wrong_when(WRONG[law]), numbers(4, 3)).status is Status.BROKEN


class UnpacksTwice(Product):
    @staticmethod
    def backward(ctx, grad_y):
        x, _ = ctx.saved_tensors
        _, w = ctx.saved_tensors
        return grad_y * w, (grad_y * x).sum_to_size(w.shape)


def test_reading_saved_tensors_twice_is_caught_by_the_checkpoint() -> None:
    verdict = judge("checkpoint", UnpacksTwice.apply, *ARGUMENTS)
    assert verdict.status is Status.BROKEN
    assert "unpack" in verdict.sentence.lower()


class HalvesWithHooks(Product):
    @staticmethod
    def backward(ctx, grad_y):
        return tuple(None if g is None else g.clamp(-0.5, 0.5) for g in Product.backward(ctx, grad_y))


@pytest.mark.parametrize("law", ["hooks", "accumulation"])
def test_a_gradient_that_does_not_double_is_caught_by_hooks(law: str) -> None:
    status = judge(law, HalvesWithHooks.apply, *ARGUMENTS).status
    assert status is (Status.BROKEN if law == "hooks" else Status.HOLDS)

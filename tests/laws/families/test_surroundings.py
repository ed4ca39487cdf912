"""Tensors of other kinds, modes, checkpoints, tracing: what works in a plain call only is caught, or named as not offered."""

from __future__ import annotations

import pytest
import torch
from torch.autograd import Function

from handgrad.laws import LAWS, Status
from judged import Product, judge, numbers
from laws.wrong.surroundings import UnpacksTwice

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


def test_reading_saved_tensors_twice_is_caught_by_the_checkpoint() -> None:
    verdict = judge("checkpoint", UnpacksTwice.apply, *ARGUMENTS)
    assert verdict.status is Status.BROKEN
    assert "unpack" in verdict.sentence.lower()

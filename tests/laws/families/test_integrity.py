"""Integrity: what is modified, shared or kept beside torch is caught."""

from __future__ import annotations

import pytest
import torch

from handgrad.laws import Status
from judged import Product, judge, numbers

ALL = [
    "inputs_kept",
    "upstream_kept",
    "saved_kept",
    "tangents_kept",
    "own_memory",
    "repeatable",
    "deterministic",
    "freed_graph",
    "changes_detected",
]


class ModifiesInput(Product):
    @staticmethod
    def backward(ctx, grad_y):
        grads = Product.backward(ctx, grad_y)
        ctx.saved_tensors[0].data.mul_(2)
        return grads


class ModifiesUpstream(Product):
    @staticmethod
    def backward(ctx, grad_y):
        grads = Product.backward(ctx, grad_y)
        with torch.no_grad():
            grad_y.mul_(2)
        return grads


class ModifiesTangent(Product):
    @staticmethod
    def jvp(ctx, tangent_x, tangent_w):
        result = Product.jvp(ctx, tangent_x, tangent_w)
        tangent_x.mul_(2)
        return result


class SharesMemory(torch.autograd.Function):
    """Half a square, for an upstream gradient that it takes for one."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.square() / 2

    @staticmethod
    def backward(ctx, grad_y):
        return ctx.saved_tensors[0]


class ConsumesItsContext(Product):
    @staticmethod
    def setup_context(ctx, inputs, output):
        Product.setup_context(ctx, inputs, output)
        ctx.factors = [1, 2]

    @staticmethod
    def backward(ctx, grad_y):
        return Product.backward(ctx, ctx.factors.pop(0) * grad_y)


class Draws(Product):
    calls = 0

    @staticmethod
    def backward(ctx, grad_y):
        Draws.calls += 1
        return Product.backward(ctx, grad_y * (1 + Draws.calls))


class NeverReadsWhatItSaves(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 2 * x

    @staticmethod
    def backward(ctx, grad_y):
        return 2 * grad_y


class Stashes(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x.square()

    @staticmethod
    def backward(ctx, grad_y):
        return 2 * ctx.x * grad_y


WRONG = {
    "inputs_kept": ModifiesInput,
    "upstream_kept": ModifiesUpstream,
    "saved_kept": ModifiesInput,
    "tangents_kept": ModifiesTangent,
    "own_memory": SharesMemory,
    "repeatable": ConsumesItsContext,
    "deterministic": Draws,
    "freed_graph": NeverReadsWhatItSaves,
    "changes_detected": Stashes,
}


@pytest.mark.parametrize("law", ALL)
def test_a_right_rule_holds(law: str) -> None:
    assert judge(law, Product.apply, numbers(4, 3), numbers(3, seed=1)).status is Status.HOLDS


@pytest.mark.parametrize("law", ALL)
def test_what_breaks_it_is_caught(law: str) -> None:
    rule = WRONG[law]
    arguments = [numbers(4, 3), numbers(3, seed=1)] if issubclass(rule, Product) else [numbers(4, 3)]
    verdict = judge(law, rule.apply, *arguments)
    assert verdict.status is Status.BROKEN, verdict
    assert verdict.sentence


def test_the_upstream_gradient_itself_may_be_returned() -> None:
    for law in ALL:
        assert judge(law, torch.add, numbers(4, 3), numbers(4, 3)).status in (Status.HOLDS, Status.NOT_APPLICABLE)


def test_a_change_of_a_stashed_input_names_save_for_backward() -> None:
    assert "save_for_backward" in judge("changes_detected", Stashes.apply, numbers(4, 3)).sentence


def test_modifying_a_fixed_argument_in_the_forward_is_said_and_allowed() -> None:
    mean, x = torch.zeros(3, dtype=torch.float64), numbers(4, 3).requires_grad_()

    def running(x, mean):
        mean.add_(x.detach().mean(0))
        return x * 2

    verdict = judge("inputs_kept", running, x, mean)
    assert verdict.status is Status.HOLDS
    assert "modifies" in verdict.sentence

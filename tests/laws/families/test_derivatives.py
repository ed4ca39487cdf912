"""Value, reverse, forward, adjoint, second order: how much is seen, what is refused, and how it is said."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from handgrad.laws import Status
from laws.written import ends, function, judged, numbers
from laws.wrong import WRONG

X = numbers(3, 4)
DERIVATIVES = ["value", "reverse", "forward", "adjoint", "second_order", "functorch", "vmap", "kinks", "extremes"]


def test_a_function_of_torch_obeys_all_of_them() -> None:
    report = judged(lambda x, y: torch.atan2(x, y).exp(), (X, numbers(4, seed=1)), DERIVATIVES)
    assert report.lawful, str(report)


def test_value_needs_an_oracle() -> None:
    assert ends(torch.exp, X, "value") is Status.NOT_APPLICABLE


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_one_percent_in_one_entry_of_the_gradient_is_seen(dtype: torch.dtype) -> None:
    wrong = torch.ones(3, 4, dtype=dtype).index_put((torch.tensor(1), torch.tensor(2)), torch.tensor(1.01, dtype=dtype))

    def forward(x: Tensor) -> Tensor:
        if dtype is torch.float32 and x.dtype is torch.float64:
            raise TypeError("float32 only")
        return x.sin()

    right = function(forward, lambda g, x: g * x.cos())
    fn = function(forward, lambda g, x: g * x.cos() * wrong)
    assert ends(right, X.to(dtype), "vjp") is Status.HOLDS
    report = judged(fn, X.to(dtype), ["vjp"])
    assert report.broken == ["vjp"]
    (evidence,) = report.verdicts["vjp"].evidence
    assert evidence.entry == (1, 2)
    assert evidence.share == (1, 12)
    assert ("float32" in "".join(report.notes)) == (dtype is torch.float32)


def test_float32_arguments_are_judged_in_float64_where_the_function_takes_it() -> None:
    fn = function(torch.sin, lambda g, x: g * x.cos() * (1 + 1e-5))
    report = judged(fn, X.float(), ["vjp"])
    assert report.broken == ["vjp"]
    assert "judged in float64" in report.notes[0]


def test_an_output_off_the_tape_is_broken() -> None:
    assert ends(lambda x: x.detach().exp(), X, "vjp") is Status.BROKEN
    assert ends(lambda x: torch.ones(2, dtype=x.dtype), X, "vjp") is Status.NOT_APPLICABLE


def test_vjp_must_not_square_the_upstream_gradient() -> None:
    assert ends(function(torch.sin, lambda g, x: g * g * x.cos()), X, "vjp_linear") is Status.BROKEN


def test_outputs_that_go_back_together_only_are_right_together() -> None:
    assert ends(WRONG["vjp_outputs"].fn, X, "vjp") is Status.HOLDS


@pytest.mark.parametrize("law", ["jvp", "adjoint"])
def test_a_rule_without_jvp_does_not_offer_it(law: str) -> None:
    assert ends(function(torch.sin, lambda g, x: g * x.cos()), X, law) is Status.NOT_OFFERED


def test_a_tangent_of_one_argument_alone_is_tried_by_jvp_too() -> None:
    wrong = WRONG["jvp_subsets"]
    assert ends(wrong.fn, wrong.arguments, "jvp") is Status.BROKEN


def test_a_silently_zero_second_derivative_is_broken() -> None:
    report = judged(WRONG["second_reverse"].fn, X, ["vjp", "second_reverse", "func_RR"])
    assert report.broken == ["second_reverse", "func_RR"]
    assert "silently zero" in report.verdicts["func_RR"].sentence


def test_refusing_a_second_derivative_is_not_offering_it() -> None:
    class Once(Function):
        @staticmethod
        def forward(ctx, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        @once_differentiable
        def backward(ctx, g: Tensor) -> Tensor:
            return g * ctx.saved_tensors[0].cos()

    report = judged(Once.apply, X, ["reverse", "second_order", "functorch"])
    assert report.lawful, str(report)
    assert report.verdicts["second_reverse"].status is Status.NOT_OFFERED
    assert report.verdicts["func_grad"].status is Status.NOT_OFFERED


def test_a_third_derivative_off_the_tape_is_broken() -> None:
    report = judged(WRONG["third"].fn, X, ["second_reverse", "third", "func_RRR"])
    assert report.broken == ["third", "func_RRR"]


def test_nested_forward_mode_that_is_silently_zero_is_broken() -> None:
    """What PyTorch makes of a jvp that is written down (pytorch#197867)."""
    report = judged(WRONG["second_forward"].fn, X, ["jvp", "second_forward", "func_FF"])
    assert report.broken == ["second_forward", "func_FF"]


def test_large_arguments_are_sampled() -> None:
    fn = function(torch.sin, lambda g, x: g * x.cos() * 1.001)
    x = numbers(300, 300)
    assert ends(torch.sin, x, "vjp") is Status.HOLDS
    assert ends(fn, x, "vjp") is Status.BROKEN


def test_a_function_that_draws_is_seeded() -> None:
    report = judged(lambda x: torch.nn.functional.dropout(x), X, ["reverse", "second_order"])
    assert report.lawful, str(report)
    assert "random" in report.notes[0]

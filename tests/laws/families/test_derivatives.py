"""Value, reverse, forward, adjoint, second order: each law tells the function that breaks it from one that obeys it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from handgrad.laws import Status
from laws.written import ends, function, judged, numbers

X = numbers(3, 4)
DERIVATIVES = ["value", "reverse", "forward", "adjoint", "second_order", "functorch", "vmap", "kinks", "extremes"]


def test_a_function_of_torch_obeys_all_of_them() -> None:
    report = judged(lambda x, y: torch.atan2(x, y).exp(), (X, numbers(4, seed=1)), DERIVATIVES)
    assert report.lawful, str(report)


def test_value_must_be_the_oracles() -> None:
    assert ends(lambda x: x.exp() * (1 + 1e-9), X, "value", oracle=torch.exp) is Status.BROKEN
    assert ends(lambda x: x.exp().log().exp(), X, "value", oracle=torch.exp) is Status.HOLDS
    assert ends(torch.exp, X, "value") is Status.NOT_APPLICABLE


def test_value_must_not_depend_on_the_tape() -> None:
    assert ends(lambda x: x * (2.0 if torch.is_grad_enabled() else 3.0), X, "value_on_tape") is Status.BROKEN


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


def test_vjp_must_be_linear() -> None:
    squared = function(torch.sin, lambda g, x: g * g * x.cos())
    offset = function(torch.sin, lambda g, x: (g + 1e-3) * x.cos())
    for fn in (squared, offset):
        assert ends(fn, X, "vjp_linear") is Status.BROKEN
    assert ends(torch.sin, X, "vjp_linear") is Status.HOLDS


def two_outputs(backward: object) -> object:
    return function(lambda x: (x.sin(), x * 2), backward)


def test_each_output_must_go_back_alone() -> None:
    right = two_outputs(lambda g, h, x: g * x.cos() + 2 * h)
    entangled = two_outputs(lambda g, h, x: (g * x.cos() + 2 * h) * (h != 0).any())
    assert ends(right, X, "vjp_outputs") is Status.HOLDS
    assert ends(entangled, X, "vjp") is Status.HOLDS
    assert ends(entangled, X, "vjp_outputs") is Status.BROKEN


def test_a_batch_of_upstream_gradients_must_be_a_loop() -> None:
    calls: list[int] = []

    def backward(g: Tensor, x: Tensor) -> Tensor:
        calls.append(1)
        return g * x.cos() * len(calls)

    assert ends(function(torch.sin, backward), X, "vjp_batched") is Status.BROKEN
    assert ends(torch.sin, X, "vjp_batched") is Status.HOLDS


def test_jvp_must_be_the_derivative_and_of_the_same_jacobian() -> None:
    right = function(torch.sin, lambda g, x: g * x.cos(), lambda t, x: t * x.cos())
    wrong = function(torch.sin, lambda g, x: g * x.cos(), lambda t, x: -t * x.cos())
    missing = function(torch.sin, lambda g, x: g * x.cos())
    for law in ("jvp", "adjoint"):
        assert ends(right, X, law) is Status.HOLDS
        assert ends(wrong, X, law) is Status.BROKEN
        assert ends(missing, X, law) is Status.NOT_OFFERED


def test_a_subset_of_tangents_must_do() -> None:
    def jvp(s: Tensor | None, t: Tensor | None, x: Tensor, y: Tensor) -> Tensor:
        both = s is not None and t is not None and bool((s != 0).any()) and bool((t != 0).any())
        return s * y + t * x if both else s * y

    fn = function(torch.mul, lambda g, x, y: (g * y, g * x), jvp)
    assert ends(fn, (X, X + 1), "jvp") is Status.BROKEN  # the dense directions of one argument alone
    assert ends(fn, (X, X + 1), "jvp_subsets") is Status.BROKEN
    assert ends(torch.mul, (X, X + 1), "jvp_subsets") is Status.HOLDS


def test_jvp_must_be_linear() -> None:
    fn = function(torch.sin, lambda g, x: g * x.cos(), lambda t, x: t.abs() * x.cos())
    assert ends(fn, X, "jvp_linear") is Status.BROKEN
    assert ends(torch.sin, X, "jvp_linear") is Status.HOLDS


def test_a_silently_zero_second_derivative_is_broken() -> None:
    detached = function(torch.sin, lambda g, x: g * x.detach().cos())
    report = judged(detached, X, ["vjp", "second_reverse", "func_RR"])
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


def test_a_gradient_of_no_function_is_not_symmetric() -> None:
    fn = function(lambda x: x.sin().sum(), lambda g, x: g * x.cos() * x.roll(1))
    assert ends(fn, X, "second_symmetric") is Status.BROKEN
    assert ends(lambda x: x.sin().sum().square(), X, "second_symmetric") is Status.HOLDS


def test_a_third_derivative_off_the_tape_is_broken() -> None:
    cosine = function(torch.cos, lambda g, x: -g * x.detach().sin())
    fn = function(torch.sin, lambda g, x: g * cosine(x))
    report = judged(fn, X, ["second_reverse", "third", "func_RRR"])
    assert report.broken == ["third", "func_RRR"]


def test_nested_forward_mode_that_is_silently_zero_is_broken() -> None:
    """What PyTorch makes of a jvp that is written down (pytorch#197867)."""
    fn = function(torch.sin, lambda g, x: g * x.cos(), lambda t, x: t * x.cos())
    report = judged(fn, X, ["jvp", "second_forward", "func_FF"])
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

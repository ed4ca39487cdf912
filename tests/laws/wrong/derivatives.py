"""Values and derivatives: a rule, or the function itself, with one wrong formula."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual
from torch.nn.functional import softplus

from laws.written import function, numbers
from laws.wrong.wrong import Wrong, wrong_when

PAIR = (numbers(3, 4), numbers(3, 4, seed=1))


def cosine(g: Tensor, x: Tensor) -> Tensor:
    return g * x.cos()


def tangent(t: Tensor, x: Tensor) -> Tensor:
    return t * x.cos()


def entangled(g: Tensor, h: Tensor, x: Tensor) -> Tensor:
    return (g * x.cos() + 2 * h) * (h != 0).any()


calls = itertools.count(1)


def another_each_time(g: Tensor, x: Tensor) -> Tensor:
    return g * x.cos() * next(calls)


def only_the_first_of_two(s: Tensor, t: Tensor, x: Tensor, y: Tensor) -> Tensor:
    both = bool((s != 0).any()) and bool((t != 0).any())
    return s * y + t * x if both else s * y


def both_where_they_tie(g: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return torch.where(a == b, 2 * g, g * (a > b)), g * (a < b)


def gradient_with_a_wrong_tangent(x: Tensor) -> Tensor:
    y = x.sin()
    if y.requires_grad:
        y.register_hook(lambda g: g if unpack_dual(g).tangent is None else 1.5 * g)
    return y


def tangent_with_a_wrong_gradient(t: Tensor, x: Tensor) -> Tensor:
    return t * x.cos() * (1.5 if t.requires_grad else 1)


minus_sine_off_the_tape = function(torch.cos, lambda g, x: -g * x.detach().sin())


def two_outputs(backward: Callable[..., Tensor]) -> Callable[..., Any]:
    return function(lambda x: (x.sin(), x * 2), backward)


def clamped(x: Tensor) -> Tensor:
    return x.clamp(-1, 1)


right = function(torch.sin, cosine, tangent)
minus_sine_off_the_tape = function(torch.cos, lambda g, x: -g * x.detach().sin())

WRONG = {
    "value": Wrong(lambda x: x.exp() * (1 + 1e-9), right=lambda x: x.exp().log().exp(), oracle=torch.exp),
    "value_on_tape": Wrong(wrong_when(lambda x: torch.is_grad_enabled())),
    "vjp": Wrong(function(torch.sin, lambda g, x: 1.001 * g * x.cos())),
    "vjp_linear": Wrong(function(torch.sin, lambda g, x: (g + 1e-3) * x.cos())),
    "vjp_outputs": Wrong(two_outputs(entangled), right=two_outputs(lambda g, h, x: g * x.cos() + 2 * h)),
    "vjp_batched": Wrong(function(torch.sin, another_each_time)),
    "jvp": Wrong(function(torch.sin, cosine, lambda t, x: -t * x.cos()), right=right),
    "jvp_subsets": Wrong(function(torch.mul, lambda g, x, y: (g * y, g * x), only_the_first_of_two), PAIR, torch.mul),
    "jvp_linear": Wrong(function(torch.sin, cosine, lambda t, x: t.abs() * x.cos()), right=right),
    "adjoint": Wrong(function(torch.sin, cosine, lambda t, x: -t * x.cos()), right=right),
    "kink_zero": Wrong(
        function(torch.relu, lambda g, x: torch.where(x == 0, 2 * g, g * (x > 0))),
        right=function(torch.relu, lambda g, x: torch.where(x == 0, g / 2, g * (x > 0))),
    ),
    "kink_threshold": Wrong(function(clamped, lambda g, x: torch.where(x == 1, -g, g * (x.abs() <= 1))), right=clamped),
    "kink_ties": Wrong(function(torch.maximum, both_where_they_tie), (PAIR[0], PAIR[0].flip(0)), torch.maximum),
    "kink_all_zero": Wrong(lambda x: x.square().sum().sqrt(), right=torch.linalg.vector_norm),
    "extreme_inputs": Wrong(lambda x: x.exp() / (1 + x.exp()), right=torch.sigmoid, oracle=torch.sigmoid),
    "extreme_pairs": Wrong(function(torch.relu, lambda g, x: g * (x > 0)), right=torch.relu, oracle=torch.relu),
    "extreme_large": Wrong(function(softplus, lambda g, x: g * x.exp() / (1 + x.exp())), right=softplus),
    "extreme_upstream": Wrong(function(torch.sin, lambda g, x: g.nan_to_num() * x.cos())),
    "saturation": Wrong(torch.sigmoid, right=function(torch.sigmoid, lambda g, x: g * x.sigmoid() * x.neg().sigmoid())),
    "second_reverse": Wrong(function(torch.sin, lambda g, x: g * x.detach().cos())),
    "second_forward_reverse": Wrong(gradient_with_a_wrong_tangent),
    "second_reverse_forward": Wrong(function(torch.sin, cosine, tangent_with_a_wrong_gradient), right=right),
    "second_forward": Wrong(right),  # silently zero, by torch itself (pytorch#197867)
    "second_symmetric": Wrong(
        function(lambda x: x.sin().sum(), lambda g, x: g * x.cos() * x.roll(1)), right=lambda x: x.sin().sum().square()
    ),
    "third": Wrong(function(torch.sin, lambda g, x: g * minus_sine_off_the_tape(x))),
}

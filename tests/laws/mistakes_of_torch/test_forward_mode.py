"""Tangents of torch that are wrong at first, or at second sight."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from laws.mistakes_of_torch.computed import WIDE, drawn, nested
from laws.torch_functions import FUNCTIONS
from laws.torch_functions.mistakes import LINEARIZED_ONCE


def test_the_tangent_of_a_product_of_scattered_entries_is_zero() -> None:
    index, x, source = torch.tensor([0, 1, 1, 2]), drawn(3), drawn(4)

    def function(source: Tensor) -> Tensor:
        return torch.scatter_reduce(x, 0, index, source, reduce="prod")

    assert bool((torch.func.jvp(function, (source,), (torch.ones_like(source),))[1] == 0).all())
    assert float((function(source + 1e-3) - function(source)).abs().max()) > 1e-5


def test_a_tangent_is_changed_in_place() -> None:
    x, other, sign, tangents = drawn(3, 4), drawn(3, 4), torch.tensor([1, -1, 1]), drawn(3, 3, 4)
    other[1] = x[1] + 0.5 * other[1]  # so that the cosine is not clamped

    def loss(x: Tensor) -> Tensor:
        return F.cosine_embedding_loss(x, x.flip(0) * other, sign)

    def by_hand(x: Tensor) -> Tensor:
        second = x.flip(0) * other
        cosine = (x * second).sum(1) / ((x.square().sum(1) + 1e-12) * (second.square().sum(1) + 1e-12)).sqrt()
        return torch.where(sign == 1, 1 - cosine, cosine.clamp(min=0)).mean()

    assert float(loss(x)) == pytest.approx(float(by_hand(x)))
    right = float(nested("FRF", by_hand, tangents)(x))
    assert float(nested("RRR", loss, tangents)(x)) == pytest.approx(right)
    assert float(nested("FRF", loss, tangents)(x)) != pytest.approx(right, rel=1e-3)

    def root(x: Tensor, take_root) -> Tensor:
        return take_root(torch.ops.aten.sub.Scalar(x, 0.0)) * x

    four, one = torch.tensor([4.0], dtype=WIDE), torch.ones(1, dtype=WIDE)
    tangents = [
        float(torch.func.jvp(lambda x, take=take: root(1 * x, take), (four,), (one,))[1])
        for take in (Tensor.sqrt, Tensor.sqrt_)
    ]
    assert tangents == [3.0, 1.5]  # of √x x; the root in place made the tangent of x its own


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("entry", [e for e in FUNCTIONS if e.name in LINEARIZED_ONCE], ids=str)
def test_the_map_of_linearize_is_right_once(entry) -> None:
    inputs, function = entry.inputs(WIDE), copy.deepcopy(entry.function(WIDE))
    if isinstance(function, nn.Module):
        function.requires_grad_(False)
    xs = [x for x in inputs if isinstance(x, Tensor) and x.is_floating_point()]

    def first(*xs: Tensor) -> Tensor:
        y = function(*xs, *inputs[len(xs) :], **entry.kwargs)
        return y if isinstance(y, Tensor) else y[0]

    tangents = tuple(map(torch.ones_like, xs))
    right = torch.func.jvp(first, tuple(xs), tangents)[1]
    push = torch.func.linearize(first, *xs)[1]
    assert torch.allclose(push(*tangents), right)
    assert not torch.allclose(push(*tangents), right)


def test_forward_over_reverse_of_masked_scatter_fails() -> None:
    x, mask, source = drawn(3, 4), drawn(3, 4) > 0, drawn(12)
    slopes = torch.func.grad(lambda source: torch.masked_scatter(x, mask, source).square().sum())
    with pytest.raises(RuntimeError, match="forward gradient that has a different size"):
        torch.func.jvp(slopes, (source,), (source,))

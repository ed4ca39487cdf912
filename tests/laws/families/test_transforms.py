"""torch.func and vmap."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import Function

from handgrad.laws import Status
from judged import judge
from laws.written import ends, function, judged, numbers
from laws.wrong.transforms import NESTS, nest

X = numbers(3, 4)


def test_torch_sin_obeys_every_law_of_both_families() -> None:
    counts = judged(torch.sin, X, ["functorch", "vmap"]).counts()
    assert counts[Status.HOLDS] == 24 + 13


@pytest.mark.parametrize("law", NESTS)
def test_a_law_calls_the_function_in_its_own_nest_only(law: str) -> None:
    """So that what is wrong in one nest breaks the laws of this nest, and no others."""
    nests: set[str] = set()

    def fn(x: Tensor) -> Tensor:
        nests.add(nest())
        return x.sin()

    assert judge(law, fn, numbers(1, 2)).status is Status.HOLDS
    assert nests - {"", "VR" if law == "vmap_subsets" else ""} == {NESTS[law]}


class NotALoop(Function):
    """Its vmap rule takes the first sample for all."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x.sin()

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g: Tensor) -> Tensor:
        return g * ctx.saved_tensors[0].cos()

    @staticmethod
    def vmap(info, in_dims, x: Tensor):
        return x.movedim(in_dims[0], 0)[:1].expand(info.batch_size, *x.movedim(in_dims[0], 0).shape[1:]).sin(), 0


def test_vmap_that_is_no_loop_is_broken() -> None:
    for law in ("vmap", "vmap_last", "vmap_vmap", "vmap_subsets"):
        assert ends(NotALoop.apply, X, law) is Status.BROKEN


def test_a_function_without_a_vmap_rule_does_not_offer_it() -> None:
    fn = function(torch.sin, lambda g, x: g * x.cos(), vmap=False)
    report = judged(fn, X, ["vmap"])
    assert report.lawful, str(report)
    assert report.verdicts["vmap"].status is Status.NOT_OFFERED


def test_transforms_of_a_wrong_gradient_are_wrong() -> None:
    fn = function(torch.sin, lambda g, x: -g * x.cos())
    for law in ("func_grad", "func_vjp", "func_jacrev", "func_R"):
        assert ends(fn, X, law) is Status.BROKEN

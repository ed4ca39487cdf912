"""A law judges copies: what a function writes, into tensors or into itself, no other law sees, and neither does the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from handgrad.laws import Case, Verdict, check
from handgrad.laws._leaves import copied
from handgrad.laws._module_state import ModuleState
from handgrad.laws._subject import Subject
from judged import numbers

X = numbers(3, 1)


def doubles_it_where_nothing_records(x: Tensor) -> Tensor:
    if not torch.is_grad_enabled():
        x.detach().mul_(2)
    return x.sin()


def counts_in_its_fixed_argument(x: Tensor, count: Tensor) -> Tensor:
    y = x.sin() * count
    count.add_(1)
    return y


class KeepsTheMean(nn.Module):
    """Scales by a running mean, which it makes anew."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.ones(1, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        self.mean = 0.5 * self.mean + 0.5 * x.detach().mean(0)
        return x.sin() * self.mean


class KeepsTheMeanInPlace(KeepsTheMean):
    def forward(self, x: Tensor) -> Tensor:
        self.mean.mul_(0.5).add_(0.5 * x.detach().mean(0))
        return x.sin() * self.mean.clone()


def with_a_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1)).double()


def left(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.status, verdict.sentence, verdict.evidence


@pytest.mark.parametrize(
    ("fn", "arguments"),
    [
        (doubles_it_where_nothing_records, [X]),
        (counts_in_its_fixed_argument, [X.clone().requires_grad_(), torch.ones(1, dtype=torch.float64)]),
        (KeepsTheMean(), [X]),
        (KeepsTheMeanInPlace(), [X]),
        (with_a_norm(), [X]),
    ],
    ids=["a function", "a fixed argument", "a buffer anew", "a buffer in place", "a norm"],
)
def test_verdicts_do_not_depend_on_other_laws(fn: Callable[..., Any], arguments: list[Tensor]) -> None:
    laws = ["vjp", "func_FR", "repeatable", "no_grad"]
    passed, state = copied(arguments), copied(getattr(fn, "state_dict", dict)())
    together = check(fn, arguments, laws=laws).verdicts
    alone = {law: check(fn, arguments, laws=[law]).verdicts[law] for law in laws}
    assert {law: left(together[law]) for law in laws} == {law: left(alone[law]) for law in laws}
    torch.testing.assert_close(arguments, passed, rtol=0, atol=0)
    torch.testing.assert_close(dict(getattr(fn, "state_dict", dict)()), dict(state), rtol=0, atol=0)


def test_an_argument_that_is_written_over_does_not_break_what_holds_in_spite_of_it() -> None:
    report = check(doubles_it_where_nothing_records, X, laws=["no_grad", "inputs_kept", "hooks", "repeatable"])
    assert report.broken == ["no_grad"]


def test_what_laws_share_is_found_out_on_copies_too() -> None:
    subject = Subject.of(KeepsTheMeanInPlace(), None, Case((X,)))
    with subject.at_rest():
        (first,) = subject.once("early", lambda own: own(*own.points))
    with subject.at_rest():
        own = subject.apart()
        (second,) = own(*own.points)
        own.points[0].zero_()
        (late,) = own.once("late", lambda own: own(*own.points))
        assert torch.equal(own.fn.mean, 0.5 + 0.5 * X.mean(0))
    assert torch.equal(late, first)
    assert torch.equal(second, first)


def test_a_module_is_put_back_with_its_tensors_their_numbers_and_its_mode() -> None:
    module = with_a_norm()
    buffers, state = dict(module.named_buffers()), ModuleState(module, None, torch.sin)
    module(X)
    module[1].running_mean = torch.full((1,), 7.0)
    module.eval().register_buffer("new", X)
    state.put_back()
    assert module.training
    assert module[1].training
    assert all(module.get_buffer(name) is buffer for name, buffer in buffers.items())
    assert [float(b.sum()) for b in module.buffers()] == [0, 1, 0]


def test_putting_back_does_not_cut_a_graph_off() -> None:
    """What torch sees as a change in place would end the backward of what ran before."""
    module = with_a_norm()
    state = ModuleState(module)
    x = X.clone().requires_grad_()
    y = module(x).square().sum()
    with state.restored():
        module(X)
    y.backward()
    assert x.grad is not None


def test_copies_keep_strides_and_what_shares_memory() -> None:
    base = numbers(3, 4)
    row, turned, wide = copied((base[1], base.t(), base[:1, :1].expand(5, 6)))
    assert (turned.stride(), wide.stride()) == ((1, 4), (0, 0))
    row.zero_()
    assert turned[:, 1].eq(0).all()
    assert not base[1].eq(0).any()

"""Autocast to bfloat16: dtypes and values are those of torch's own ops, with backward inside and outside."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cases import Case, Op
from gradients import over_cases, upstream

AUTOCAST_BY_TORCH = ("linear", "sigmoid", "tanh", "relu", "softmax", "log_softmax", "cross_entropy", "mse_loss")
"""For the chapter's loss torch has no op, and so no rule."""


def run(op: Op, leaves: list[Tensor], inside: bool) -> list[Tensor]:
    device = leaves[0].device.type
    with torch.autocast(device, torch.bfloat16):
        y = op(*leaves)
        if inside:
            y.backward(upstream(y))
    if not inside:
        y.backward(upstream(y))
    return [y.detach(), *(leaf.grad for leaf in leaves if leaf.grad is not None)]


@pytest.mark.parametrize("inside", [True, False], ids=["backward-inside", "backward-outside"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
@over_cases
def test_autocast_as_torch(case: Case, dtype: torch.dtype, inside: bool, device: str) -> None:
    ours = run(case.ours, case.leaves(dtype, device), inside)
    if case.op in AUTOCAST_BY_TORCH:
        torch.testing.assert_close(ours, run(case.native, case.leaves(dtype, device), inside), rtol=2e-2, atol=2e-2)
    else:
        assert ours[0].dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
        assert [g.dtype for g in ours[1:]] == [dtype] * len(case.differentiable)


@over_cases
def test_autocast_off_inside_autocast_changes_nothing(case: Case) -> None:
    with torch.autocast("cpu", torch.bfloat16), torch.autocast("cpu", enabled=False):
        y = case.ours(*case.arguments(torch.float32))
    assert y.dtype == torch.float32
    torch.testing.assert_close(y, case.ours(*case.arguments(torch.float32)), rtol=0, atol=0)


@over_cases
def test_autocast_under_torch_func(case: Case) -> None:
    def loss(op: Op) -> Op:
        def weighted(*xs: Tensor) -> Tensor:
            with torch.autocast("cpu", torch.bfloat16):
                y = case.of_differentiable(op, case.arguments(torch.float32))(*xs)
            return (y.float() * upstream(y).float()).sum()

        return weighted

    arguments = case.arguments(torch.float32)
    xs = tuple(arguments[i] for i in case.differentiable)
    ours, native = (torch.func.grad(loss(op), argnums=tuple(range(len(xs))))(*xs) for op in (case.ours, case.native))
    torch.testing.assert_close(ours, native, rtol=2e-2, atol=2e-2)


def test_gradient_scaler_unscales_and_steps() -> None:
    from handgrad.nn import MLP

    torch.manual_seed(0)  # four hidden units may all be dead
    mlp = MLP(3, [4], 2)
    optimizer = torch.optim.SGD(mlp.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    before = [p.clone() for p in mlp.parameters()]
    with torch.autocast("cpu", torch.bfloat16):
        loss = mlp(torch.ones(5, 3)).float().square().mean()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    assert any(not torch.equal(p, old) for p, old in zip(mlp.parameters(), before, strict=True))

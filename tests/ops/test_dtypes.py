"""Our promise beyond the laws: which dtypes come out of inputs of two dtypes, of autocast and of dual numbers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad

from cases import BY_NAME, Case, Op
from gradients import over_cases, rule_gradients, upstream

AUTOCAST_BY_TORCH = (
    *("linear", "ensemble_linear", "sigmoid", "tanh", "relu"),
    *("softmax", "log_softmax", "cross_entropy", "mse_loss"),
)
"""For the chapter's loss torch has no op, and so no rule."""


@pytest.mark.parametrize(
    "name",
    [
        "mse_loss",
        "cross_entropy-probabilities",
        "cross_entropy-probabilities-everything",
        "cross_entropy_on_probabilities",
    ],
)
@pytest.mark.parametrize("wide", [0, 1])
def test_losses_of_two_dtypes_give_each_its_own_back(name: str, wide: int) -> None:
    """The engine would hide it if a rule returned another dtype."""
    leaves = BY_NAME[name].leaves(torch.float32)
    leaves[wide] = leaves[wide].detach().double().requires_grad_()
    returned = rule_gradients(BY_NAME[name], leaves)
    assert [g.dtype for g in returned[:2]] == [leaf.dtype for leaf in leaves[:2]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@over_cases
def test_tangents_keep_the_dtype(case: Case, dtype: torch.dtype) -> None:
    primals = case.arguments(dtype)
    with forward_ad.dual_level():
        for i in case.differentiable:
            primals[i] = forward_ad.make_dual(primals[i], upstream(primals[i]))
        y, tangent_y = forward_ad.unpack_dual(case.ours(*primals))
    assert (y.dtype, tangent_y.dtype, tangent_y.shape) == (dtype, dtype, y.shape)


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

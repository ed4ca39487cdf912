"""The loss of an ensemble is the sum of its members' losses, so that each member's gradient is its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from handgrad.nn import CrossEntropyLoss, EnsembleLoss, MSELoss

MEMBERS = 3
REDUCTIONS = ("mean", "sum", "torch", "half_sum", "chapter")
CLASSES: list[nn.Module] = [
    *(CrossEntropyLoss(reduction=reduction) for reduction in REDUCTIONS),
    CrossEntropyLoss([1.0, 2.0, 3.0, 0.5], label_smoothing=0.1),
    nn.CrossEntropyLoss(torch.tensor([1.0, 2.0, 3.0, 0.5], dtype=torch.float64), label_smoothing=0.1),
]
VALUES: list[nn.Module | Callable[[Tensor, Tensor], Tensor]] = [
    *(MSELoss(reduction=reduction) for reduction in REDUCTIONS),
    nn.HuberLoss(),
    lambda y, t: (y - t).abs().mean(),
]


def of_classes() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(MEMBERS, 7, 4, dtype=torch.float64, requires_grad=True), torch.randint(4, (7,))


def of_values() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(MEMBERS, 7, 2, dtype=torch.float64, requires_grad=True), torch.randn(7, 2, dtype=torch.float64)


EACH = [*((loss, of_classes) for loss in CLASSES), *((loss, of_values) for loss in VALUES)]


@pytest.mark.parametrize(("loss", "draw"), EACH)
def test_it_is_the_sum_of_the_members_losses(loss: Callable, draw: Callable) -> None:
    output, target = draw()
    alone = torch.stack([loss(member, target) for member in output])
    torch.testing.assert_close(EnsembleLoss(loss)(output, target), alone.sum())
    torch.testing.assert_close(EnsembleLoss(loss).of_members(output, target), alone)


@pytest.mark.parametrize(("loss", "draw"), EACH)
def test_each_member_gets_the_gradient_of_its_own_loss(loss: Callable, draw: Callable) -> None:
    output, target = draw()
    (grad,) = torch.autograd.grad(EnsembleLoss(loss)(output, target), output)
    for index, member in enumerate(output.detach()):
        leaf = member.clone().requires_grad_()
        torch.testing.assert_close(grad[index], *torch.autograd.grad(loss(leaf, target), leaf))


@pytest.mark.parametrize(("loss", "draw"), [pair for pair in EACH if hasattr(pair[0], "gradient")])
def test_the_gradient_by_hand_is_that_of_the_tape(loss: Callable, draw: Callable) -> None:
    output, target = draw()
    (taped,) = torch.autograd.grad(EnsembleLoss(loss)(output, target), output)
    torch.testing.assert_close(EnsembleLoss(loss).gradient(output.detach(), target), taped)


class AbsoluteError(nn.Module):
    """A loss of a user's own, with its gradient."""

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        return (output - target).abs().sum()

    def gradient(self, output: Tensor, target: Tensor) -> Tensor:
        return (output - target).sign()


def test_a_loss_of_the_users_own_is_batched() -> None:
    output, target = of_values()
    loss = EnsembleLoss(AbsoluteError())
    (taped,) = torch.autograd.grad(loss(output, target), output)
    assert torch.equal(loss.gradient(output.detach(), target), taped)


@pytest.mark.parametrize(
    "loss", [CrossEntropyLoss(), CrossEntropyLoss([1.0, 1.0, 1.0, 1.0]), CrossEntropyLoss(reduction="sum")]
)
def test_in_float32_the_gradient_is_the_members_own_to_the_last_bit(loss: CrossEntropyLoss) -> None:
    output, target = (t.detach().float() if t.is_floating_point() else t for t in of_classes())
    together = EnsembleLoss(loss).gradient(output, target)
    assert torch.equal(together, torch.stack([loss.gradient(member, target) for member in output]))

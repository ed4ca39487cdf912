"""What test_shapes runs: every case under jaxtyping's import hook, then calls whose shapes break a signature."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import torch
from beartype import beartype
from jaxtyping import TypeCheckError, install_import_hook

sys.path.insert(0, str(Path(__file__).parents[1]))


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """Beartype, but for what it cannot look at: the context of a rule, which is a protocol, and Self outside a class."""
    hints = getattr(function, "__annotations__", {})
    return function if "ctx" in hints or Self in hints.values() else beartype(function)


with install_import_hook(["handgrad.ops", "handgrad.nn"], "__main__.check"):
    from handgrad import nn, ops


def hold() -> None:
    from cases import CASES

    for case in CASES:
        for dtype in (torch.float64, torch.float32, torch.bfloat16):
            case.ours(*case.arguments(dtype))
            y = case.ours(*case.leaves(dtype))
            y.sum().backward()
    mlp = nn.MLP(3, [4, 5], 2, "tanh")
    for batch in ((), (2,), (2, 3)):
        mlp(torch.randn(*batch, 3))
    ensemble, loss = nn.Ensemble(3, [4], 2, members=5), nn.EnsembleLoss(nn.CrossEntropyLoss())
    for batch in ((6,), (5, 6)):
        y, target = ensemble(torch.randn(*batch, 3)), torch.randint(2, (6,))
        loss(y, target).backward()
        loss.gradient(y.detach(), target)
        loss.of_members(y, target)


def refuse() -> None:
    wrong = [
        lambda: ops.linear(torch.randn(2, 3), torch.randn(4, 5)),
        lambda: ops.linear(torch.randn(2, 3), torch.randn(4, 3), torch.randn(5)),
        lambda: ops.ensemble_linear(torch.randn(2, 3), torch.randn(5, 4, 3), torch.randn(5, 3)),
        lambda: ops.sigmoid(torch.tensor([1, 2])),
        lambda: ops.softmax([1.0, 2.0], 0),
        lambda: ops.cross_entropy(torch.randn(2, 3), torch.tensor([0, 1]), torch.ones(3, dtype=torch.int64)),
        lambda: ops.mse_loss(torch.randn(2, 3), torch.randn(2)),
        lambda: ops.cross_entropy_on_probabilities(torch.rand(2, 3), torch.rand(3, 2)),
    ]
    for call in wrong:
        try:
            call()
        except TypeCheckError:
            continue
        raise AssertionError(f"accepted: line {call.__code__.co_firstlineno}")


if __name__ == "__main__":
    hold()
    sys.stdout.write("held\n")
    refuse()
    sys.stdout.write("refused\n")

"""What the suites compare: values and gradients, with their shapes and dtypes.

The engine casts a gradient of the wrong dtype and reduces one of the wrong shape without a word; so `rule_gradients` also asks the
rule itself, without the engine between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from cases import CASES, PRINCIPAL, Case, Op

over_cases = pytest.mark.parametrize("case", CASES, ids=str)
over_principal_cases = pytest.mark.parametrize("case", PRINCIPAL, ids=str)


def upstream(y: Tensor, seed: int = 1) -> Tensor:
    """A gradient that comes back to ``y``: the same numbers for every dtype and device, also inside a transform."""
    numbers = torch.arange(y.numel(), dtype=torch.float64, device=y.device) + seed
    return (12.9898 * numbers).sin().reshape(y.shape).to(y.dtype)


def value_and_gradients(op: Op, leaves: Sequence[Tensor], grad_y: Tensor | None = None) -> list[Tensor]:
    """The value, then a gradient for each of the leaves that requires one."""
    y = op(*leaves)
    grads = torch.autograd.grad(
        y, [leaf for leaf in leaves if leaf.requires_grad], upstream(y) if grad_y is None else grad_y
    )
    return [y.detach(), *grads]


def assert_as_native(case: Case, leaves: Sequence[Tensor], grad_y: Tensor | None = None, **tolerance: Any) -> None:
    """Values and gradients are the oracle's, and so are their shapes and dtypes."""
    ours = value_and_gradients(case.ours, leaves, grad_y)
    native = value_and_gradients(case.native, leaves, grad_y)
    torch.testing.assert_close(ours, native, **tolerance)


def rule_gradients(case: Case, leaves: Sequence[Tensor], grad_y: Tensor | None = None) -> list[Any]:
    """What the rule's own backward returns, before the engine casts or reduces it; one entry for every argument of ``apply``."""
    y = case.ours(*leaves)
    assert y.grad_fn is not None
    backward = type(y.grad_fn)._forward_cls.backward
    with torch.no_grad():
        returned = backward(y.grad_fn, upstream(y) if grad_y is None else grad_y)
    return list(returned) if isinstance(returned, tuple) else [returned]

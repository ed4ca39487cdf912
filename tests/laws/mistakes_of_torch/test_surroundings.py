"""Surroundings in which a function of torch fails: hooks, changes in place, autocast, empty batches."""

from __future__ import annotations

import pytest
import torch
from torch import linalg
from torch.nn import functional as F

from laws.mistakes_of_torch.computed import drawn


def test_the_noise_of_rrelu_is_saved_before_it_is_drawn() -> None:
    x = drawn(12).requires_grad_()
    seen = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t) or t.clone(), lambda t: t):
        y = F.rrelu(x, training=True)
    slopes = (y / x).detach()
    assert bool((slopes[x < 0] < 0.34).all())
    assert not torch.allclose(torch.autograd.grad(y.sum(), x)[0], slopes)
    assert any(torch.allclose(t, slopes) for t in seen)  # the tensor that was handed to the hook, by now


def test_a_factor_of_kron_is_not_seen_to_change() -> None:
    a, b = drawn(2, 2), drawn(2, 3).requires_grad_()
    inner = a.clone().requires_grad_().clone()
    y = torch.kron(inner, b)
    with torch.no_grad():
        inner.mul_(3)
    assert torch.allclose(torch.autograd.grad(y.sum(), b)[0], 3 * a.sum().expand(2, 3))


def test_the_backward_of_pinv_fails_after_autocast() -> None:
    matrix = (drawn(3, 3) + 2 * torch.eye(3)).float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        inside = torch.autograd.grad(linalg.pinv(matrix).sum(), matrix)[0]
        y = linalg.pinv(matrix)
    assert bool(inside.isfinite().all())
    with pytest.raises(RuntimeError, match="same dtype"):
        torch.autograd.grad(y.sum(), matrix)


def test_index_add_takes_indices_into_nothing() -> None:
    index, x, source = torch.tensor([0, 1, 1]), drawn(0, 3).requires_grad_(), drawn(3, 3).requires_grad_()
    with pytest.raises(RuntimeError, match="out of bounds"):
        torch.index_add(x.new_zeros(1, 3), 0, index, source)
    y = torch.index_add(x, 0, index, source)
    assert y.shape == (0, 3)
    with pytest.raises(RuntimeError, match="indexing axis dim should be positive"):
        torch.autograd.grad(y.sum(), source)

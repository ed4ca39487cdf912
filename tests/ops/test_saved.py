"""Our promise beyond the laws: what a graph keeps is exactly what the op's page names under *Saved*, each unpacked once."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from cases import Case
from gradients import over_cases, upstream


def storage(tensor: Tensor) -> tuple[int, tuple[int, ...]]:
    return tensor.untyped_storage().data_ptr(), tuple(tensor.shape)


@over_cases
def test_exactly_the_promised_tensors_are_saved(case: Case) -> None:
    leaves = case.leaves()
    kept: list[Tensor] = []
    with saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        y = case.ours(*leaves)
    promised = [y if name == "output" else leaves[case.parameters.index(name)] for name in case.saved]
    assert sorted(map(storage, kept)) == sorted(map(storage, promised))


@over_cases
def test_every_saved_tensor_is_unpacked_once(case: Case) -> None:
    unpacked: list[Tensor] = []
    leaves = case.leaves()
    with saved_tensors_hooks(lambda t: t, lambda t: unpacked.append(t) or t):
        y = case.ours(*leaves)
    torch.autograd.grad(y, [leaf for leaf in leaves if leaf.requires_grad], upstream(y))
    assert len(unpacked) == len(case.saved)


@over_cases
def test_gradients_share_no_memory_with_each_other_or_what_comes_back(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    grad_y = upstream(y)
    grads = torch.autograd.grad(y, [leaf for leaf in leaves if leaf.requires_grad], grad_y)
    storages = [t.untyped_storage().data_ptr() for t in (*grads, *leaves, y, grad_y)]
    assert len(set(storages)) == len(storages)

"""Reverse mode: values, gradients, second derivatives, as torch's own and as finite differences say."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from cases import Case
from gradients import assert_as_native, over_cases, rule_gradients, upstream, value_and_gradients


@over_cases
def test_value_and_gradients_are_those_of_torch(case: Case, device: str) -> None:
    assert_as_native(case, case.leaves(device=device))


@over_cases
def test_rule_returns_gradients_of_the_shapes_and_dtypes_of_its_arguments(case: Case) -> None:
    leaves = case.leaves(torch.float32)
    returned = rule_gradients(case, leaves)
    for i, leaf in enumerate(leaves):
        if leaf.requires_grad:
            assert (returned[i].shape, returned[i].dtype) == (leaf.shape, leaf.dtype)
        else:
            assert returned[i] is None


@over_cases
def test_gradcheck(case: Case) -> None:
    assert gradcheck(case.ours, case.leaves(n=2), check_batched_grad=True, fast_mode=False)


@over_cases
def test_gradgradcheck(case: Case) -> None:
    assert gradgradcheck(case.ours, case.leaves(n=2), check_batched_grad=True, fast_mode=False)


@over_cases
def test_gradcheck_in_forward_mode(case: Case) -> None:
    leaves = case.leaves(n=2)
    assert gradcheck(case.ours, leaves, check_forward_ad=True, check_backward_ad=False, check_batched_forward_grad=True)


@over_cases
def test_gradgradcheck_forward_over_reverse(case: Case) -> None:
    options = {"check_fwd_over_rev": True, "check_rev_over_rev": False, "check_undefined_grad": False}
    assert gradgradcheck(case.ours, case.leaves(n=2), **options)


@over_cases
def test_third_derivative(case: Case) -> None:
    def slopes(grad_y: torch.Tensor, *leaves: torch.Tensor) -> tuple[torch.Tensor, ...]:
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        return torch.autograd.grad(case.ours(*leaves), wanted, grad_y, create_graph=True)

    leaves = case.leaves(n=2)
    grad_y = upstream(case.ours(*leaves)).requires_grad_()
    assert gradgradcheck(slopes, [grad_y, *leaves], fast_mode=True)


@over_cases
def test_batched_upstream_gradients(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    several = torch.stack([upstream(y, seed) for seed in range(3)])
    batched = torch.autograd.grad(y, wanted, several, is_grads_batched=True, retain_graph=True)
    for row, grad_y in enumerate(several):
        torch.testing.assert_close(
            [g[row] for g in batched], list(torch.autograd.grad(y, wanted, grad_y, retain_graph=True))
        )


@over_cases
def test_every_subset_of_needed_gradients(case: Case) -> None:
    places = case.differentiable
    for chosen in product((False, True), repeat=len(places)):
        if not any(chosen):
            assert not case.ours(*case.arguments()).requires_grad
            continue
        leaves = case.arguments()
        for place, needed in zip(places, chosen, strict=True):
            leaves[place].requires_grad_(needed)
        assert_as_native(case, leaves)


@over_cases
def test_one_tensor_passed_for_several(case: Case) -> None:
    x, *rest = case.leaves()
    if rest and rest[0].shape == x.shape and rest[0].requires_grad:
        twice = [x, x, *rest[1:]]
        ours, native = (value_and_gradients(lambda _, op=op: op(*twice), [x]) for op in (case.ours, case.native))
    else:
        ours, native = (
            value_and_gradients(lambda a, *b, op=op: op(a, *b) * op(a.clone(), *b) + op(a, *b), [x, *rest])
            for op in (case.ours, case.native)
        )
    torch.testing.assert_close(ours, native)


def test_linear_of_a_matrix_with_itself_adds_both_gradients() -> None:
    from handgrad.ops import linear

    x = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    ours, native = (value_and_gradients(lambda a, op=op: op(a, a), [x]) for op in (linear, torch.nn.functional.linear))
    torch.testing.assert_close(ours, native)


@over_cases
def test_inputs_and_upstream_gradients_are_never_modified(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    grad_y = upstream(y)
    watched = [*leaves, y, grad_y]
    before = [(t.detach().clone(), t._version) for t in watched]
    for create_graph in (False, True):
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        torch.autograd.grad(y, wanted, grad_y, retain_graph=True, create_graph=create_graph)
    tangents = tuple(upstream(leaf.detach()) for leaf in leaves if leaf.requires_grad)
    kept = [t.clone() for t in tangents]
    torch.func.jvp(
        case.of_differentiable(case.ours, leaves), tuple(t.detach() for t in leaves if t.requires_grad), tangents
    )
    for tensor, (value, version) in zip(watched, before, strict=True):
        assert tensor._version == version
        torch.testing.assert_close(tensor.detach(), value, rtol=0, atol=0)
    torch.testing.assert_close(list(tangents), kept, rtol=0, atol=0)


@over_cases
def test_gradients_share_no_memory_with_inputs_or_each_other(case: Case) -> None:
    leaves = case.leaves()
    y = case.ours(*leaves)
    grad_y = upstream(y)
    grads = torch.autograd.grad(y, [leaf for leaf in leaves if leaf.requires_grad], grad_y)
    others = [*leaves, y, grad_y]
    for i, grad in enumerate(grads):
        for other in [*others, *grads[:i]]:
            assert grad.untyped_storage().data_ptr() != other.untyped_storage().data_ptr()


@over_cases
def test_in_place_change_of_a_saved_tensor_is_detected(case: Case) -> None:
    for name in case.saved:
        leaves = [leaf.clone() if leaf.requires_grad else leaf for leaf in case.leaves()]
        y = case.ours(*leaves)
        changed = y if name == "output" else leaves[case.parameters.index(name)]
        with torch.no_grad():
            changed.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


@over_cases
def test_second_backward_says_so(case: Case) -> None:
    y = case.ours(*case.leaves()).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()

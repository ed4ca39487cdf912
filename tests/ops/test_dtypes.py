"""float64, float32, bfloat16 and float16: dtypes as torch's, values as near to the truth as torch's."""

from __future__ import annotations

import pytest
import torch

from cases import BY_NAME, Case
from gradients import assert_as_native, over_cases, rule_gradients, value_and_gradients

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
TOLERANCES = {torch.bfloat16: {"rtol": 3e-2, "atol": 1e-2}, torch.float16: {"rtol": 4e-3, "atol": 2e-3}}


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@over_cases
def test_dtype_as_torch(case: Case, dtype: torch.dtype, device: str) -> None:
    assert_as_native(case, case.leaves(dtype, device), **TOLERANCES.get(dtype, {}))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@over_cases
def test_rule_keeps_the_dtype(case: Case, dtype: torch.dtype) -> None:
    returned = rule_gradients(case, case.leaves(dtype))
    assert {returned[i].dtype for i in case.differentiable} == {dtype}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@over_cases
def test_low_precision_is_near_the_truth(case: Case, dtype: torch.dtype) -> None:
    leaves = case.leaves(dtype)
    exact = [leaf.detach().double() if leaf.is_floating_point() else leaf for leaf in leaves]
    for i in case.differentiable:
        exact[i].requires_grad_()
    ours, truth = value_and_gradients(case.ours, leaves), value_and_gradients(case.native, exact)
    for got, wanted in zip(ours, truth, strict=True):
        torch.testing.assert_close(got.double(), wanted, **TOLERANCES[dtype])


@over_cases
def test_integers_are_refused_as_torch_refuses_them(case: Case) -> None:
    arguments = case.arguments()
    arguments[0] = arguments[0].long()
    for op in (case.native, case.ours):
        try:
            y = op(*arguments)
        except (RuntimeError, ValueError, NotImplementedError):
            continue
        assert op is case.ours or not y.requires_grad
        break
    else:
        return
    torch.testing.assert_close(case.ours(*arguments), case.native(*arguments))


def test_mse_loss_of_two_dtypes_gives_each_its_own_back() -> None:
    """torch's own forward promotes and its backward refuses; the engine would hide it if our rule returned another dtype."""
    case = BY_NAME["mse_loss"]
    y, target = case.leaves(torch.float32)
    returned = rule_gradients(case, [y, target.detach().double().requires_grad_()])
    assert [g.dtype for g in returned[:2]] == [torch.float32, torch.float64]

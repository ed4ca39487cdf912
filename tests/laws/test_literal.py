from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from handgrad.laws._literal import MOST, is_exact, literal

NAMES = {"torch": torch, "nan": math.nan, "inf": math.inf}


def made(value: Any) -> Any:
    """What the expression makes; it was written by the code under test, of values that stand here."""
    names = dict(NAMES)
    exec(compile(f"result = {literal(value)}", "literal", "exec"), names)
    return names["result"]


GENERATOR = torch.Generator().manual_seed(0)
SMALL = torch.randn(2, 3, dtype=torch.float64, generator=GENERATOR)


@pytest.mark.parametrize(
    "tensor",
    [
        *(
            SMALL.to(dtype)
            for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.complex128, torch.int8)
        ),
        SMALL.T,
        SMALL[:, 0],
        SMALL[0, 0],
        SMALL > 0,
        torch.tensor([math.nan, math.inf, -math.inf, -0.0, 1e-300], dtype=torch.float64),
        torch.zeros(0, 3),
        torch.ones(3).expand(2, 3),
    ],
    ids=lambda tensor: f"{tensor.dtype}-{tuple(tensor.shape)}",
)
def test_a_small_tensor_is_written_bit_by_bit(tensor: torch.Tensor) -> None:
    again = made(tensor)
    assert again.dtype is tensor.dtype
    torch.testing.assert_close(again, tensor, rtol=0, atol=0, equal_nan=True)
    assert again.stride() == tensor.stride() or 0 in tensor.stride()


@pytest.mark.parametrize(
    "tensor",
    [
        torch.randn(9, 9),
        torch.rand(9, 9, dtype=torch.float64),
        torch.randint(2, 7, (99,)),
        torch.ones(99, dtype=torch.bool),
        torch.randn(99, dtype=torch.complex64),
    ],
    ids=lambda tensor: str(tensor.dtype),
)
def test_a_large_tensor_is_drawn_anew_of_the_same_kind(tensor: torch.Tensor) -> None:
    assert tensor.numel() > MOST
    assert not is_exact(tensor)
    again = made(tensor)
    assert len(literal(tensor)) < 100
    assert (again.dtype, again.shape) == (tensor.dtype, tensor.shape)
    if tensor.dtype is torch.int64:
        assert set(again.tolist()) <= set(range(2, 7))
    if tensor.dtype is torch.float64:
        assert again.min() >= 0


PLAIN = [None, True, 3, 2.5, "it's", b"a", [1, [2]], (1,), (), torch.float32, torch.device("cpu")]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_are_themselves(value: Any) -> None:
    assert made(value) == value
    assert is_exact(value)


@pytest.mark.parametrize(
    "value", [object(), [object()], {1: 2}, {1}, lambda: 0], ids=lambda value: type(value).__name__
)
def test_what_cannot_be_written_is_not(value: Any) -> None:
    assert literal(value) is None


def test_a_list_of_tensors_is_written_out() -> None:
    (again,) = made([SMALL])
    assert torch.equal(again, SMALL)

from __future__ import annotations

from typing import Any

import pytest
import torch

from checking.arguments import arguments, check_arguments
from ranges import ConfigurationError


def made(described: Any, dtype: str = "float64") -> Any:
    check_arguments("inputs", [described])
    return arguments([described], dtype, "cpu", torch.Generator().manual_seed(0))[0]


@pytest.mark.parametrize(
    ("described", "shape", "dtype"),
    [
        ([3, 4], (3, 4), torch.float64),
        ([], (), torch.float64),
        ([0, 2], (0, 2), torch.float64),
        ({"shape": [3], "dtype": "bfloat16"}, (3,), torch.bfloat16),
        ({"shape": [99], "dtype": "int64", "high": 4}, (99,), torch.int64),
        ({"shape": [99], "dtype": "bool"}, (99,), torch.bool),
        ({"shape": [9], "dtype": "complex64"}, (9,), torch.complex64),
        ({"values": [[1, 2], [3, 4]]}, (2, 2), torch.int64),
        ({"values": [0.5]}, (1,), torch.float64),
        ({"values": [1, 0], "dtype": "bool"}, (2,), torch.bool),
        ({"values": 2.5}, (), torch.float64),
    ],
    ids=repr,
)
def test_a_tensor_is_described_by_its_shape_or_its_values(
    described: Any, shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    tensor = made(described)
    assert (tuple(tensor.shape), tensor.dtype) == (shape, dtype)


def test_numbers_are_drawn_between_low_and_high() -> None:
    integers = made({"shape": [999], "dtype": "int64", "low": 2, "high": 4})
    assert set(integers.tolist()) == {2, 3}
    numbers = made({"shape": [999], "low": -1, "high": 0})
    assert -1 <= numbers.min() < -0.9
    assert -0.1 < numbers.max() <= 0


def test_what_is_drawn_depends_on_the_seed_and_the_place_alone() -> None:
    first, second = arguments([[5], [5]], "float32", "cpu", torch.Generator().manual_seed(3))
    assert not torch.equal(first, second)
    again, _ = arguments([[5], [5]], "float64", "cpu", torch.Generator().manual_seed(3))
    assert torch.equal(first, again.float())


@pytest.mark.parametrize("value", [1, 0.5, True, None, "mean"])
def test_plain_values_are_themselves(value: Any) -> None:
    assert made(value) is value


def test_a_list_that_is_meant_as_it_is() -> None:
    assert made({"plain": [3, 4]}) == [3, 4]


@pytest.mark.parametrize(
    ("described", "words"),
    [
        ([1.5], "inputs[0] must be a shape such as [3,4], got [1.5]. Values are written {values:[1.5,2]}"),
        ([-1], "must be a shape"),
        ([[3]], "must be a shape"),
        ([True], "must be a shape"),
        ({"shap": [3]}, "must have one of shape, values, plain, got {'shap': [3]}. Did you mean shape?"),
        ({"shape": [3], "hi": 3}, "inputs[0]: hi does not go with shape; dtype, low, high does. Did you mean high?"),
        ({"shape": [3], "dtype": "int46", "high": 3}, "dtype must be one of float64, float32,"),
        ({"shape": [3], "dtype": "int64"}, "integers need high"),
        ({"shape": [3], "low": 3, "high": 3}, "low must be below high, got 3 and 3."),
        ({"shape": [3], "high": "x"}, "low and high must be numbers, got 0 and 'x'."),
        ({"shape": 3}, "shape must be a list of sizes such as [3,4], got 3."),
        ({"values": [[1], [2, 3]]}, "the rows of values must be equally long, got [[1], [2, 3]]."),
        ({"values": ["a"]}, "values must be numbers, got 'a'."),
        ({"plain": 1, "dtype": "int64"}, "dtype does not go with plain; nothing does."),
    ],
    ids=repr,
)
def test_what_cannot_be_meant_is_answered_in_a_sentence(described: Any, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_arguments("inputs", [described])
    assert words in str(caught.value)


def test_inputs_are_a_list_and_kwargs_a_mapping() -> None:
    with pytest.raises(
        ConfigurationError, match=r"inputs must be a list of arguments such as '\[\[3,4\],\[5\]\]', got 3"
    ):
        check_arguments("inputs", 3)
    with pytest.raises(ConfigurationError, match=r"kwargs must be a mapping such as '\{reduction:sum\}', got \[3\]"):
        check_arguments("kwargs", [3])

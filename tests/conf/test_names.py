"""The words that the schemas allow are those that the library knows."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest
import torch

import learning_schemas
from handgrad.nn import ACTIVATIONS, CrossEntropyLoss, MSELoss
from handgrad.training import DATA_NAMES


def allowed(schema: type[Any], field: str) -> set[str]:
    (limits,) = get_type_hints(schema, include_extras=True)[field].__metadata__
    return set(limits.choices)


def test_activations_are_the_librarys() -> None:
    assert allowed(learning_schemas.Network, "activation") == set(ACTIVATIONS)


def test_data_names_are_the_librarys() -> None:
    assert allowed(learning_schemas.SklearnDataModule, "name") == set(DATA_NAMES)


@pytest.mark.parametrize(
    ("loss", "schema", "output", "target"),
    [
        (CrossEntropyLoss, learning_schemas.CrossEntropyLoss, torch.zeros(4, 3), torch.tensor([0, 1, 2, 0])),
        (MSELoss, learning_schemas.MSELoss, torch.zeros(4, 1), torch.ones(4, 1)),
    ],
)
def test_every_allowed_reduction_gives_a_number_to_train_on(
    loss: type[Any], schema: type[Any], output: torch.Tensor, target: torch.Tensor
) -> None:
    for reduction in allowed(schema, "reduction"):
        assert loss(reduction=reduction)(output, target).ndim == 0

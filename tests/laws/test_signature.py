from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from handgrad.laws._signature import signature_of


class WithContext(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        return x * weight


class WithSetup(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor, weight: Tensor) -> Tensor:
        return x * weight

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass


def test_the_parameters_of_apply_are_those_of_forward() -> None:
    assert list(signature_of(WithContext.apply).parameters) == ["x", "weight"]
    assert list(signature_of(WithSetup.apply).parameters) == ["x", "weight"]


def test_other_functions_speak_for_themselves_or_not_at_all() -> None:
    assert list(signature_of(lambda a, *, b: a).parameters) == ["a", "b"]
    assert signature_of(torch.sigmoid) is None

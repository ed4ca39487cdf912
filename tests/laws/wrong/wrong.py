"""What stands in the tables: a function that breaks one law, made for it, and one that is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from handgrad.laws import Status
from judged import Product, numbers


@dataclass(frozen=True)
class Wrong:
    """A function with a mistake that its law is there to find.

    Attributes:
        fn: the function.
        arguments: what both are judged with.
        right: the function without the mistake, or another one that obeys.
        oracle: the right function, where the mistake can only be seen beside it.
        ends: how the law ends; `Status.NOT_OFFERED` is broken where a check is strict.
    """

    fn: Callable[..., Any]
    arguments: tuple[Tensor, ...] = (numbers(4, 3),)
    right: Callable[..., Any] = torch.sin
    oracle: Callable[..., Any] | None = None
    ends: Status = Status.BROKEN


def wrong_when(condition: Callable[[Tensor], bool]) -> Callable[[Tensor], Tensor]:
    """A sine, and 1½ sines where ``condition`` holds for its argument."""

    def sine(x: Tensor) -> Tensor:
        return x.sin() * (1.5 if condition(x) else 1)

    return sine


def wrong_product(rule: type[Product], x: Tensor, w: Tensor) -> Wrong:
    """A product with one method written anew, beside the one that is right in every respect."""
    return Wrong(rule.apply, (x, w), Product.apply)

"""The principal cases side by side, one function of all their tensors: for laws that cost seconds a function."""

from __future__ import annotations

from torch import Tensor

from cases import PRINCIPAL, Op


def arguments() -> list[Tensor]:
    """The tensors of every case, in float64, those that have a gradient with ``requires_grad``."""
    return [tensor for case in PRINCIPAL for tensor in case.leaves()]


def ours(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Every op of handgrad."""
    return _each(tensors, [case.ours for case in PRINCIPAL])


def native(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Every op of torch."""
    return _each(tensors, [case.native for case in PRINCIPAL])


def _each(tensors: tuple[Tensor, ...], ops: list[Op]) -> tuple[Tensor, ...]:
    rest = list(tensors)
    return tuple(op(*(rest.pop(0) for _ in case.parameters)) for op, case in zip(ops, PRINCIPAL, strict=True))

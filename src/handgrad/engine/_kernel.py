"""The quickest way to run a kernel again: its Python binding, with the buffers to write into."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

from handgrad.engine._recording import Call, Place, mapped

Kernel = Callable[..., Any]

_RESIZING = (torch.ops.aten.mse_loss.default,)
"""Kernels whose ``out=`` is blown up to the terms on the way to their mean, and warned about."""


def mutating(op: OpOverload) -> Kernel:
    """How to run a kernel that writes into its arguments."""
    name = _name(op)
    found = _binding(name) if any(own.is_out for own in op._schema.arguments) else getattr(Tensor, name, None)
    return found or op


def buffered(call: Call) -> tuple[Kernel, dict[str, Any]] | None:
    """How to run a functional kernel so that it writes into the places of its results, with all keywords, if there is a way."""
    if isinstance(call.op, OpOverload) and call.results:
        for kernel, names in _ways(call.op):
            keywords = call.keywords | dict(zip(names, call.results, strict=False))
            if _works(kernel, call.arguments, keywords):
                return kernel, keywords
    return None


def _ways(op: OpOverload) -> Iterator[tuple[Kernel, tuple[str, ...]]]:
    """The kernels that could do, and the names of the arguments that take the results."""
    if op is torch.ops.aten.nll_loss_forward.default:  # its second result is for torch's backward alone
        yield vars(torch._C._nn)["nll_loss"], ("out",)
    overload = None if op in _RESIZING else _out_overload(op)
    if overload is not None:
        names = tuple(own.name for own in overload._schema.arguments if own.is_out)
        binding = _binding(_name(op))
        if binding is not None and names == ("out",):
            yield binding, names
        yield overload, names


def _works(kernel: Kernel, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
    """Whether a kernel takes such arguments, tried on tensors without numbers: not every binding has the ``out=`` of its kernel."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            kernel(*mapped(arguments, Place, _empty), **mapped(keywords, Place, _empty))
        except (TypeError, RuntimeError, UserWarning):
            return False
    return True


def _empty(place: Place) -> Tensor:
    return torch.empty_strided(place.size, place.stride, dtype=place.dtype, device="meta")


def _out_overload(op: OpOverload) -> OpOverload | None:
    own = [(argument.name, str(argument.type)) for argument in op._schema.arguments]
    packet = op.overloadpacket
    for name in packet.overloads():
        overload: OpOverload = getattr(packet, name)
        arguments = overload._schema.arguments
        rest = [(argument.name, str(argument.type)) for argument in arguments if not argument.is_out]
        if rest == own and len(arguments) > len(own):
            return overload
    return None


def _name(op: OpOverload) -> str:
    return op._schema.name.removeprefix("aten::")


def _binding(name: str) -> Kernel | None:
    found: Kernel | None = getattr(torch, name, None) or getattr(torch._C._nn, name, None)
    return found

"""The quickest way to run a kernel again: its Python binding, with the buffers to write into."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

Kernel = Callable[..., Any]


def mutating(op: OpOverload) -> Kernel:
    """How to run a kernel that writes into its arguments."""
    name = op._schema.name.removeprefix("aten::")
    found = _binding(name) if any(own.is_out for own in op._schema.arguments) else getattr(Tensor, name, None)
    return found or op


@cache
def with_buffers(op: OpOverload) -> tuple[Kernel, tuple[str, ...]] | None:
    """How to run a functional kernel so that it writes into given buffers, and the keywords that take them, or None."""
    if op is torch.ops.aten.nll_loss_forward.default:  # its second result is for torch's backward
        return vars(torch._C._nn)["nll_loss"], ("out",)
    overload = _out_overload(op)
    if overload is None:
        return None
    names = tuple(own.name for own in overload._schema.arguments if own.is_out)
    binding = _binding(op._schema.name.removeprefix("aten::")) if names == ("out",) else None
    return binding or overload, names


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


def _binding(name: str) -> Kernel | None:
    found: Kernel | None = getattr(torch, name, None) or getattr(torch._C._nn, name, None)
    return found

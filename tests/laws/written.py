"""Functions written for the tests of the laws: right ones, and each wrong in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from handgrad.laws import Report, Status, check


def function(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    jvp: Callable[..., Any] | None = None,
    *,
    vmap: bool = True,
) -> Callable[..., Any]:
    """A Function that saves its inputs; ``backward(grad_y, *inputs)``, ``jvp(tangents, *inputs)``."""

    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    members: dict[str, Any] = {
        "forward": staticmethod(lambda *inputs: forward(*inputs)),  # builtins have no signature
        "setup_context": staticmethod(setup_context),
        "backward": staticmethod(lambda ctx, *grads: backward(*grads, *ctx.saved_tensors)),
        "generate_vmap_rule": vmap,
    }
    if jvp is not None:
        members["jvp"] = staticmethod(lambda ctx, *tangents: jvp(*tangents, *ctx.saved_tensors))
    return type("Written", (Function,), members).apply


def numbers(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def ends(fn: Callable[..., Any], inputs: Any, law: str, **options: Any) -> Status:
    """How one law ends."""
    return judged(fn, inputs, [law], **options).verdicts[law].status


def judged(fn: Callable[..., Any], inputs: Any, laws: Sequence[str], **options: Any) -> Report:
    return check(fn, inputs, laws=laws, **options)

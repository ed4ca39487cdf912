"""Compilers, export and processes: another function there."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from judged import another_in_another_process
from laws.wrong.wrong import Wrong, wrong_when


class AnotherBackwardWhenCompiled(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> Tensor:
        return (3 if torch.compiler.is_compiling() else 2) * grad_y


when_compiled = Wrong(wrong_when(lambda x: torch.compiler.is_compiling()))
BACKENDS = ("eager", "aot_eager", "inductor")
WAYS = ("compiled", "dynamic", "compiled_grad", "compiled_jvp", "compiled_vmap")

WRONG = {
    **{f"{way}_{backend}": when_compiled for way in WAYS for backend in BACKENDS},
    "compiled_autograd": Wrong(AnotherBackwardWhenCompiled.apply),
    "exported_strict": when_compiled,
    "exported": when_compiled,
    "onnx": Wrong(wrong_when(lambda x: torch.onnx.is_in_onnx_export())),
    **dict.fromkeys(("ddp", "fsdp"), Wrong(another_in_another_process)),
}

"""Matrix products for rules: MKL's or oneDNN's, whichever this processor runs at full width.

On a CPU torch takes float32 products from MKL, which uses half the vector width of AMD's AVX-512 processors (measured on an EPYC:
117 against 250 GFLOP/s a core). oneDNN comes with torch too and uses all of it; `torch.ops.mkldnn._linear_pointwise`, from which
inductor builds its linear layers, is the door to it. Both round every product to float32; they only add up in another order.
"""

import functools
from pathlib import Path

import torch
from torch import Tensor
from torch.compiler import is_dynamo_compiling
from torch.nn import Parameter

from handgrad.ops._hand_function import is_legacy_batched, traced, transforms_active

_PLAIN = (Tensor, Parameter)
_LARGE = 2**21
"""Multiplications from which a product gains more from the width than it loses to oneDNN's call, which is 10 µs longer."""


def matrix_product(a: Tensor, b: Tensor) -> Tensor:
    """``a @ b``."""
    return _onednn(a, b.mT, None) if _gains(a, b, 0) else a @ b


def affine(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``x Wᵀ + b``."""
    if _gains(x, weight, 1) and _fits(bias, weight):
        return _onednn(x, weight, bias if bias is None else bias.contiguous())  # it disregards the stride of a bias
    return torch.nn.functional.linear(x, weight, bias)


def batched_product(a: Tensor, b: Tensor) -> Tensor:
    """``a_m @ b_m`` for each m of the first dimension."""
    return torch.stack(list(map(matrix_product, a, b))) if _each_gains(a, b, 0) else torch.bmm(a, b)


def batched_affine(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``x_m W_mᵀ + b_m`` for each m of the first dimension."""
    if bias is None:
        return batched_product(x, weight.mT)
    if _each_gains(x, weight, 1) and _fits(bias, weight):
        return torch.stack(list(map(affine, x, weight, bias)))
    return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)


def _fits(bias: Tensor | None, weight: Tensor) -> bool:
    return bias is None or (bias.dtype is torch.float32 and bias.shape == weight.shape[:-1])


def _onednn(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if not (weight.is_contiguous() or weight.mT.is_contiguous()):
        weight = weight.contiguous()  # part of a larger matrix is right too, but takes a thousand times as long
    y: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return y


def _gains(a: Tensor, b: Tensor, inner: int) -> bool:
    """Whether oneDNN is the better way for the product of ``a`` with ``b``, whose dimension ``inner`` is summed over."""
    return (
        type(a) in _PLAIN
        and type(b) in _PLAIN
        and a.numel() * b.shape[1 - inner] >= _LARGE
        and a.dtype is b.dtype is torch.float32
        and a.is_cpu
        and b.is_cpu
        and a.dim() == b.dim() == 2
        and a.shape[1] == b.shape[inner]
        and not (torch.is_grad_enabled() or is_dynamo_compiling() or transforms_active())
        and not (is_legacy_batched(a) or is_legacy_batched(b))
        and not traced()
        and _is_wider()
    )


def _each_gains(a: Tensor, b: Tensor, inner: int) -> bool:
    """The same for each of the products of a batch. It looks at a matrix of them only if their size speaks for it."""
    return (
        a.dim() == b.dim() == 3
        and a.shape[0] == b.shape[0]
        and a.numel() * b.shape[2 - inner] >= _LARGE * a.shape[0] > 0
        and _gains(a[0], b[0], inner)
    )


@functools.cache
def _is_wider() -> bool:
    """Whether oneDNN is there, and uses vectors on this processor that MKL does not."""
    if not (torch.backends.mkldnn.is_available() and torch.backends.cpu.get_cpu_capability().startswith("AVX512")):
        return False
    try:
        return "AuthenticAMD" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False

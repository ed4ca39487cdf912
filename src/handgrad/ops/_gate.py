"""Open or shut: the products of a Jacobian that is diagonal with ones and zeros, and of one that is defined by cases.

A product with the 0 and 1 of a mask would turn an infinite or undefined entry behind a shut gate into NaN (∞ · 0 = NaN): the gate
selects instead.
"""

import torch
from torch import Tensor

from handgrad.ops._hand_function import unrecorded

_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_ZEROS = {
    bits: torch.zeros((), dtype=bits) for bits in _BITS.values()
}  # a Python number would be made a tensor each time: 1 µs


def gate(vector: Tensor, opener: Tensor) -> Tensor:
    """``vector`` where ``opener ≠ 0``, else 0.

    Args:
        vector: any shape.
        opener: of the shape and dtype of ``vector``; a zero of it is +0.
    """
    return _select(vector, opener) if unrecorded(vector) else vector.masked_fill(opener == 0, 0.0)


def _select(vector: Tensor, opener: Tensor) -> Tensor:
    """The same as integers.

    The bits of a number times the integer 1 or 0 are the same number or +0, be it finite, infinite or NaN, and integer products
    run in vector registers, where ``masked_fill`` branches at every element: 15 times faster on a CPU.
    """
    bits = _BITS[vector.element_size()]
    gates = torch.empty_like(opener, dtype=bits)
    torch.ne(opener.view(bits), _ZEROS[bits], out=gates)
    return gates.mul_(vector.view(bits)).view(vector.dtype)

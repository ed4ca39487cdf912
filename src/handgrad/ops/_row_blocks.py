"""Rows of logits block by block, so that what is made on the way stays in the cache and never exists for all rows at once.

log p of 512 × 50 000 logits is 100 MB. Written as a whole it goes to the memory and comes back; worse, the pages of so large a
temporary are taken from the system and cleared anew in each call. A block of some rows is still in the cache when it is read
again, and its pages are those of the block before it.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from handgrad.ops._hand_function import unrecorded
from handgrad.ops._softmax import softmax

_NUMBERS = 2**19
"""Numbers of a block, for each thread: 2 MiB of float32."""


def too_large(logits: Tensor) -> bool:
    """Whether logits, shape (rows, C, …), are better gone through block by block."""
    numbers = logits.numel()
    if numbers < 2 * _NUMBERS:  # most often, and the quickest to ask
        return False
    return logits.is_cpu and logits.dim() > 1 and numbers >= 2 * _NUMBERS * torch.get_num_threads()


def row_blocks(logits: Tensor, *beside: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Blocks of rows of logits, each with the same rows of what lies beside them."""
    threads = torch.get_num_threads()
    rows = max(threads, _NUMBERS * threads // logits[0].numel())  # torch's softmax gives each thread whole rows
    return zip(*(own.split(rows) for own in (logits, *beside)), strict=True)


def scaled_softmax(x: Tensor, dim: int, scale: Tensor) -> Tensor:
    """``softmax(x) · scale``, where the scale comes from upstream: a number for each sample."""
    if not unrecorded(scale):
        return softmax(x, dim) * scale
    if not too_large(x):
        return softmax(x, dim).mul_(scale)
    result = torch.empty_like(x, memory_format=torch.contiguous_format)
    for rows, out, factor in row_blocks(x, result, scale):
        torch.softmax(rows, dim, out=out).mul_(factor)
    return result

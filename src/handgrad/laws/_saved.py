"""What torch keeps for the backward."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks


@contextmanager
def saved_tensors() -> Iterator[list[Tensor]]:
    """A list of all tensors that are saved for the backward in the body, also those saved inside of others."""
    kept: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        kept.append(tensor.detach())
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        yield kept


def storage(tensor: Tensor) -> int | None:
    """Where the numbers of a tensor lie; None where it has none."""
    if tensor._is_zerotensor():
        return None
    return tensor.untyped_storage().data_ptr() or None


def share_memory(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors lie in the same storage."""
    return a.numel() > 0 and b.numel() > 0 and storage(a) is not None and storage(a) == storage(b)

"""Every tensor of a run once, by its name in the record."""

from __future__ import annotations

from torch import Tensor

from handgrad.explain._values import Values


class Ledger:
    """Where tensors are written down.

    Args:
        batched: whether the run has a batch dimension.

    Attributes:
        tensors: what is written, by name, in the order of writing.
    """

    def __init__(self, batched: bool) -> None:
        self.tensors: dict[str, Values] = {}
        self.batched = batched
        self._known: list[tuple[str, Tensor]] = []

    def put(self, name: str, tensor: Tensor) -> str:
        """Write down a tensor that belongs to all samples, such as a parameter; gives its name."""
        return self._put(name, tensor, False)

    def put_samples(self, name: str, tensor: Tensor) -> str:
        """Write down a tensor that has an entry for each sample of the batch, if there is one; gives its name."""
        return self._put(name, tensor, self.batched)

    def _put(self, name: str, tensor: Tensor, batched: bool) -> str:
        self.tensors[name] = Values.of(tensor, batched)
        self._known.append((name, tensor))
        return name

    def called(self, tensor: Tensor) -> str:
        """The name of a tensor that is written already, such as one that an op has saved."""
        for name, known in self._known:
            if known.data_ptr() == tensor.data_ptr() and known.shape == tensor.shape:
                return name
        raise KeyError(f"trace: an op saved a tensor of shape {tuple(tensor.shape)} that is no input and no output")

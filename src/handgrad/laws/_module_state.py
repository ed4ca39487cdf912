"""What a module is beside its code: its parameters and buffers, their numbers, and its mode; to be put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from handgrad.laws._watch import same_numbers


class ModuleState:
    """Remembers callables as they are; of what is no module there is nothing to remember.

    What a module keeps in other attributes, in closures or on its class is not seen.

    Args:
        callables: modules, other callables, None.
    """

    def __init__(self, *callables: Any) -> None:
        self._callables = callables
        modules = [part for one in callables if isinstance(one, nn.Module) for part in one.modules()]
        self._modes = [(module, module.training) for module in modules]
        every: list[dict[str, Any]] = [slots for m in modules for slots in (m._parameters, m._buffers)]
        self._slots = [(slots, dict(slots.items())) for slots in every]
        tensors = [tensor for _, held in self._slots for tensor in held.values()]
        self._numbers = [(t, t.detach().clone()) for t in tensors if t is not None and not t.is_meta and not is_lazy(t)]

    def put_back(self) -> None:
        """Make them so again: the same tensors with the same numbers, in the same mode."""
        for module, training in self._modes:
            module.training = training
        for slots, held in self._slots:
            if [*map(id, slots.values())] != [*map(id, held.values())]:
                slots.clear()
                slots.update(held)
        for tensor, numbers in self._numbers:
            if not same_numbers(tensor, numbers):
                tensor.data.copy_(numbers)  # no change in the eyes of a graph: it meets the numbers that it has saved

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Inside, they are as they are remembered; afterwards as they were before."""
        before = ModuleState(*self._callables)
        self.put_back()
        try:
            yield
        finally:
            before.put_back()

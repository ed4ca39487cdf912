"""A net op by op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from torch import Tensor, nn

Step = tuple[str, Callable[[Tensor], Tensor]]


@runtime_checkable
class Steps(Protocol):
    """A net that can name its ops: ``forward`` is their composition."""

    def named_steps(self) -> list[Step]:
        """Return ``("layer op", function)`` in order of execution."""
        ...


def named_steps(net: nn.Module) -> list[Step]:
    """Return the ops of a net: by its own account, else the modules of a ``Sequential``, else the net as one."""
    if isinstance(net, Steps):
        return net.named_steps()
    if type(net) is nn.Sequential:
        return [(f"{name} {type(layer).__name__}", layer) for name, layer in net.named_children()]
    return [(f"net {type(net).__name__}", net)]

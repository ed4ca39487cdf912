"""One number for each layer out of its parameters' tensors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor


def layer_norms(named: Iterable[tuple[str, Tensor]]) -> dict[str, float]:
    """Return a 2-norm for each layer: over all tensors of one module, by the module's name.

    Args:
        named: Names of parameters, such as ``"layers.0.weight"``, and what belongs to them: values, gradients, changes.

    Returns:
        ``"layers.0"`` to its norm; a net that is one layer is called ``"net"``.
    """
    layers: dict[str, list[int]] = defaultdict(list)
    tensors: list[Tensor] = []
    for name, tensor in named:
        layers[name.rpartition(".")[0] or "net"].append(len(tensors))
        tensors.append(tensor)
    if not tensors:
        return {}
    # One kernel for all tensors and one copy to the host.
    squares = torch.stack(torch._foreach_norm(tensors)).double().square().tolist()
    return {layer: sum(squares[index] for index in indices) ** 0.5 for layer, indices in layers.items()}

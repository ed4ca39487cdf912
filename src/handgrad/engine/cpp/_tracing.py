"""From a function of tensors to a graph of few, simple ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch._decomp import core_aten_decompositions
from torch.fx.experimental.proxy_tensor import make_fx

_aten = torch.ops.aten


def _addmm(bias: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    if (beta, alpha) != (1, 1):
        raise NotImplementedError(f"addmm with beta {beta} and alpha {alpha}")
    return torch.mm(a, b) + bias


def _shifted(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The distance to the maximum, and Σ e^ of it."""
    shifted = x - x.amax(dim, keepdim=True)
    return shifted, shifted.exp().sum(dim, keepdim=True)


def _log_softmax(x: Tensor, dim: int, half_to_float: bool) -> Tensor:
    shifted, total = _shifted(x, dim)
    return shifted - total.log()


def _softmax(x: Tensor, dim: int, half_to_float: bool) -> Tensor:
    shifted, total = _shifted(x, dim)
    return shifted.exp() / total


def _mean(x: Tensor, *, dtype: torch.dtype | None = None) -> Tensor:
    return x.sum() / x.numel()


def _power(x: Tensor, exponent: float) -> Tensor:
    return x * x if exponent == 2 else torch.pow(x, torch.full((), exponent, dtype=x.dtype))


def _clamp(x: Tensor, low: float | None = None, high: float | None = None) -> Tensor:
    for bound, nearer in ((low, torch.maximum), (high, torch.minimum)):
        x = x if bound is None else nearer(x, torch.full((), bound, dtype=x.dtype))
    return x


_SIMPLER: dict[Any, Callable[..., Any]] = {
    _aten.addmm.default: _addmm,
    _aten._log_softmax.default: _log_softmax,
    _aten._softmax.default: _softmax,
    _aten.mean.default: _mean,
    _aten.pow.Tensor_Scalar: _power,
    _aten.clamp.default: _clamp,
}


def traced(function: Callable[..., Sequence[Tensor]], *examples: Tensor) -> fx.GraphModule:
    """The ops that ``function`` runs on tensors like the examples: each computation once, nothing in place.

    Raises:
        NotImplementedError: the function changes a tensor in place by another op than ``copy_``.
    """
    with torch.no_grad():
        module = make_fx(function, decomposition_table={**core_aten_decompositions(), **_SIMPLER})(*examples)
    _place_copies(module.graph)
    _share(module.graph)
    module.graph.eliminate_dead_code()
    return module


def _place_copies(graph: fx.Graph) -> None:
    """Let whoever reads a tensor after ``copy_`` into it read what was copied."""
    seen: set[fx.Node] = set()
    for node in list(graph.nodes):
        if node.target is _aten.copy_.default:
            into, source = node.args[:2]
            later = [user for user in into.users if user not in seen and user is not node]
            for user in later:
                user.replace_input_with(into, source)
            node.replace_all_uses_with(source)
            graph.erase_node(node)
        elif node.op == "call_function" and node.target._schema.is_mutable:
            raise NotImplementedError(f"{node.target} changes a tensor in place")
        seen.add(node)


def _share(graph: fx.Graph) -> None:
    """Let equal computations be one."""
    known: dict[tuple[str, ...], fx.Node] = {}
    for node in list(graph.nodes):
        if node.op in ("call_function", "get_attr"):
            first = known.setdefault((str(node.target), repr(node.args), repr(node.kwargs)), node)
            if first is not node:
                node.replace_all_uses_with(first)

"""From a function of tensors to a graph of few, simple ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch._decomp import core_aten_decompositions
from torch.fx.experimental.proxy_tensor import make_fx

_aten = torch.ops.aten

_ACTIVATIONS = {_aten.sigmoid.default, _aten.tanh.default}
_MUCH = 2**18
"""Numbers of an activation that is not kept for being computed twice."""


def _addmm(bias: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    if (beta, alpha) != (1, 1):
        raise NotImplementedError(f"no C++ is written down for addmm with beta {beta} and alpha {alpha}")
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
        NotImplementedError: the function changes a tensor in place by another op than ``copy_``, or scales the terms of addmm.
    """
    with torch.no_grad():
        table = {**core_aten_decompositions(), **_SIMPLER}
        module = make_fx(function, decomposition_table=table, tracing_mode="fake")(*examples)  # without the numbers
    _place_copies(module.graph)
    _share(module.graph)
    module.graph.eliminate_dead_code()
    return module


def _place_copies(graph: fx.Graph) -> None:
    """Let whoever reads a tensor after ``copy_`` into it read what was copied."""
    seen: set[fx.Node] = set()
    for node in list(graph.nodes):
        if node.target is _aten.copy_.default and _is_alone(node.args[0], seen) and _are_alike(*node.args[:2]):
            into, source = node.args[:2]
            for user in [own for own in into.users if own not in seen and own is not node]:
                user.replace_input_with(into, source)
            node.replace_all_uses_with(source)
            graph.erase_node(node)
        elif node.op == "call_function" and node.target._schema.is_mutable:
            raise NotImplementedError(f"no C++ is written down for {node.target}, which changes a tensor in place")
        seen.add(node)


def _is_alone(node: fx.Node, seen: set[fx.Node]) -> bool:
    """Whether a tensor was made in the graph, and neither is a view nor has any yet."""
    return node.op == "call_function" and not any(map(_is_view, (node, *(own for own in node.users if own in seen))))


def _is_view(node: fx.Node) -> bool:
    schema = getattr(node.target, "_schema", None)
    return schema is not None and any(own.alias_info is not None for own in schema.returns)


def _are_alike(into: fx.Node, source: fx.Node) -> bool:
    first, second = into.meta["val"], source.meta["val"]
    return bool(first.shape == second.shape and first.dtype is second.dtype)


def _share(graph: fx.Graph) -> None:
    """Let equal computations be one, but for large activations: who computes them again does so to save memory."""
    known: dict[tuple[str, ...], fx.Node] = {}
    for node in list(graph.nodes):
        large = node.target in _ACTIVATIONS and node.meta["val"].numel() >= _MUCH
        if node.op in ("call_function", "get_attr") and not large:
            first = known.setdefault((str(node.target), repr(node.args), repr(node.kwargs)), node)
            if first is not node:
                node.replace_all_uses_with(first)

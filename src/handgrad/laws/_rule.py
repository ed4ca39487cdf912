"""What the rule of a ``torch.autograd.Function`` itself returns, before the engine casts it and sums what was broadcast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from handgrad.laws._finding import NotApplicableError
from handgrad.laws._graph import nodes_of
from handgrad.laws._upstream import upstream


@dataclass(frozen=True)
class Returned:
    """What one rule returned for one tensor argument.

    Attributes:
        function: the name of the Function.
        place: the place of the argument in ``apply``.
        needed: whether its gradient was needed.
        grad: what was returned.
        shape, dtype: of the argument; None where no gradient was needed (the graph does not know it then).
        leaf: the argument itself, where it is a leaf that needs a gradient.
    """

    function: str
    place: int
    needed: bool
    grad: Any
    shape: tuple[int, ...] | None
    dtype: torch.dtype | None
    leaf: Tensor | None = None


def returned_by_rules(outputs: Sequence[Tensor], leaves: Sequence[Tensor], *, refused: bool = False) -> list[Returned]:
    """Run the graph behind ``outputs`` backward, then every Function's rule in it once more, by hand.

    With ``refused`` also where the engine refuses what a rule returned; without, its error is raised.

    Raises:
        NotApplicableError: there is no Function written in Python in the graph.
    """
    nodes = python_rules(outputs)
    if not nodes:
        raise NotApplicableError("there is no torch.autograd.Function in its graph, so torch's own rules are at work")
    seen: dict[int, tuple[Tensor | None, ...]] = {}
    handles = [
        node.register_prehook(lambda grads, key=key: seen.__setitem__(key, grads)) for key, node in enumerate(nodes)
    ]
    ys = [y for y in outputs if y.requires_grad]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    try:
        torch.autograd.grad(ys, wanted, upstream(ys), retain_graph=True, allow_unused=True)
    except RuntimeError:
        if not (refused and seen):
            raise
    for handle in handles:
        handle.remove()
    return [found for key, node in enumerate(nodes) if key in seen for found in _ask(node, seen[key])]


def python_rules(outputs: Sequence[Tensor]) -> list[Any]:
    """The nodes of the graph that are Functions written in Python, those nearest to the outputs first."""
    return [node for node in nodes_of(outputs) if hasattr(node, "_forward_cls")]


def _ask(node: Any, grads_y: Sequence[Tensor | None]) -> Iterator[Returned]:
    cls = node._forward_cls
    rule = cls.backward if cls.backward is not torch.autograd.Function.backward else cls.vjp
    materialized = [
        torch.zeros(meta.shape, dtype=meta.dtype, device=meta.device) if grad is None else grad
        for grad, meta in zip(grads_y, node._input_metadata, strict=True)
    ]
    with torch.no_grad():
        returned = rule(node, *materialized)
    grads = returned if isinstance(returned, tuple | list) else (returned,)
    edges = iter([edge for edge in node.next_functions if edge[0] is not None])
    for place, (needed, grad) in enumerate(zip(node.needs_input_grad, grads, strict=False)):
        edge = next(edges, None) if needed else None
        meta = edge[0]._input_metadata[edge[1]] if edge else None
        shape, dtype = (tuple(meta.shape), meta.dtype) if meta else (None, None)
        yield Returned(
            cls.__name__, place, needed, grad, shape, dtype, getattr(edge[0], "variable", None) if edge else None
        )

"""Which tensors of a graph are written to memory, and which are only ever formulas in somebody's loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import fx

from handgrad.engine.cpp._kernels import REDUCTIONS
from handgrad.engine.cpp._memory import tensor_of
from handgrad.engine.cpp._products import PRODUCTS
from handgrad.engine.cpp._scope import FILLED
from handgrad.engine.cpp._views import VIEWS


def kept(nodes: Sequence[fx.Node], last_loops: Sequence[set[fx.Node]]) -> set[fx.Node]:
    """What to write to memory: what an op needs there, numbers, and what more than one loop uses.

    Args:
        nodes: the graph in order.
        last_loops: results that are computed in the same loop, one set for each of the loops at the end.
    """
    result: set[fx.Node] = set()
    loops: dict[fx.Node, set[object]] = {}
    for node in reversed(nodes):
        if node.op == "call_function":
            loops[node] = {position for position, group in enumerate(last_loops) if node in group}
            for user in node.users:
                loops[node] |= {user} if user in result else loops.get(user, set())
            if node.target not in VIEWS and node.target not in FILLED and (_is_needed(node) or len(loops[node]) > 1):
                result.add(node)
    return result


def _is_needed(node: fx.Node) -> bool:
    return (
        node.target in PRODUCTS
        or node.target in REDUCTIONS
        or not tensor_of(node).dim()
        or any(user.target in PRODUCTS for user in _users(node))
    )


def _users(node: fx.Node) -> Iterator[fx.Node]:
    """Who uses a tensor, or a view of it."""
    for user in node.users:
        if user.target in VIEWS:
            yield from _users(user)
        else:
            yield user

"""When each tensor of a graph is computed, and when a parameter becomes what it is to be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from torch import fx

from handgrad.engine.cpp._memory import tensor_of

Change = tuple[fx.Node, fx.Node]
"""An input, and what it is to be after a step."""

Group = tuple[Change, ...]
"""Inputs that change in the same loop."""


class Turn(NamedTuple):
    """A group, and what is computed for nobody else, such as a gradient."""

    made: list[fx.Node]
    group: Group


def in_order(written: Sequence[fx.Node], groups: Sequence[Group]) -> list[fx.Node | Turn]:
    """What to do one after another: each change as soon as nobody reads the old numbers any more.

    What nobody but a group reads is computed just before: until then, it takes no memory.

    Args:
        written: what is written to memory, in the order of the graph.
        groups: what changes at the end.
    """
    reads = {node: set().union(*(read(own, written) for own in node.all_input_nodes)) for node in written}
    needs = {group: set().union(*(read(after, written) for _, after in group)) for group in groups}
    delayed = _delayed(reads, needs)
    early = [node for node in written if all(node not in nodes for nodes in delayed.values())]
    after: dict[int, list[fx.Node | Turn]] = {}
    for group in groups:
        changed = _changed([group])
        needed = needs[group].union(*(reads[node] for node in delayed[group]))
        waits = [place for place, node in enumerate(early) if node in needed or reads[node] & changed]
        after.setdefault(max(waits, default=-1), []).append(Turn(delayed[group], group))
    ordered = list(after.get(-1, []))
    for place, node in enumerate(early):
        ordered += [node, *after.get(place, [])]
    return ordered


def _delayed(reads: dict[fx.Node, set[fx.Node]], needs: dict[Group, set[fx.Node]]) -> dict[Group, list[fx.Node]]:
    """What only one group reads, and what may be computed at any time."""
    delayed: dict[Group, list[fx.Node]] = {group: [] for group in needs}
    shared, changed = set().union(*reads.values()), _changed(needs)
    for node in reads:
        owners = [group for group in needs if node in needs[group]]
        if tensor_of(node).dim() and node not in shared and len(owners) == 1 and not reads[node] & changed:
            delayed[owners[0]].append(node)
    return delayed


def _changed(groups: Iterable[Group]) -> set[fx.Node]:
    return {before for group in groups for before, _ in group}


def read(node: fx.Node, written: Collection[fx.Node]) -> set[fx.Node]:
    """What of the memory the formula of an entry reads."""
    if node in written or not node.all_input_nodes:
        return {node}
    return set().union(*(read(own, written) for own in node.all_input_nodes))

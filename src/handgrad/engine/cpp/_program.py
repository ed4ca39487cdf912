"""A graph as a C++ function that runs it again and again."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

import torch
from torch import fx

from handgrad.engine.cpp._changes import changed
from handgrad.engine.cpp._formulas import UntranslatableError
from handgrad.engine.cpp._kernels import kernel
from handgrad.engine.cpp._loops import Lines, block
from handgrad.engine.cpp._memory import Memory, arguments_of, c_type_of, tensor_of
from handgrad.engine.cpp._order import Group, in_order, read
from handgrad.engine.cpp._placement import kept
from handgrad.engine.cpp._scope import Scope


class Program(NamedTuple):
    """C++ source.

    Attributes:
        source: the text, with a function ``steps``.
        working_memory: the bytes that it takes.
        dtype: of the first output.
    """

    source: str
    working_memory: int
    dtype: torch.dtype


def inputs_of(graph: fx.Graph) -> list[fx.Node]:
    """The arguments of the graph, then the tensors that were there when it was traced."""
    return [node for op in ("placeholder", "get_attr") for node in graph.nodes if node.op == op]


def program(graph: fx.Graph, batches: int, states: Sequence[Sequence[int]]) -> Program:
    """The C++ of a step of training, as often as one asks for it.

    Its function ``steps`` takes the number of steps, the address of each input, working memory, and room for the first output of
    each step.

    Args:
        graph: its first output is a number; the others are what the inputs of ``states`` are to be, in the same order.
        batches: how many of the first inputs are followed in memory by those of the next step.
        states: the positions of the inputs that change. An entry of one may depend on the same entry of others in its group, and
            on nothing else that changes.

    Raises:
        UntranslatableError: an op has no C++ here.
    """
    *_, output = nodes = list(graph.nodes)
    inputs = inputs_of(graph)
    value, *after = arguments_of(output)[0]
    results = iter(after)
    groups: list[Group] = [tuple((inputs[position], next(results)) for position in group) for group in states]
    memory = Memory()
    for position, node in enumerate(inputs):
        memory.put(node, f"in{position}")
    written = kept(nodes, [{after for _, after in group} for group in groups])
    _require_order(groups, written)
    scope = Scope(memory)
    parts: list[Lines] = [
        [_loaded(position, node) for position, node in enumerate(inputs) if not tensor_of(node).dim()]
    ]
    ordered = in_order([node for node in nodes if node in written], groups)
    parts += [kernel(step, memory) if isinstance(step, fx.Node) else changed(step, memory) for step in ordered]
    entry = scope.entry(value, ())
    parts.append([*scope.lines, f"values[step] = {entry};"])
    parts.append([f"in{position} += {tensor_of(node).numel()};" for position, node in enumerate(inputs[:batches])])
    pointers = [_pointer(position, node) for position, node in enumerate(inputs)]
    rooms, size = memory.laid_out(parts)
    again = block("for (int64_t step = 0; step < count; ++step)", [line for part in parts for line in part])
    head = f'extern "C" void steps(int64_t count, void* const* inputs, char* working, {c_type_of(value)}* values)'
    lines = block(head, [*pointers, *rooms, *again])
    return Program(
        "\n".join([files(__package__).joinpath("prelude.h").read_text(), *lines, ""]),
        size,
        tensor_of(value).dtype,
    )


def _require_order(groups: Sequence[Group], written: set[fx.Node]) -> None:
    """Refuse formulas at the end that would read what the loop of another group has changed by then."""
    for group in groups:
        changed = {before for other in groups if other is not group for before, _ in other}
        if any(read(after, written) & changed for _, after in group):
            raise UntranslatableError(f"no C++ is written down for changes of {group[0][0]} that depend on one another")


def _pointer(position: int, node: fx.Node) -> str:
    name = f"in{position}" if tensor_of(node).dim() else f"at{position}"
    return f"{c_type_of(node)}* {name} = static_cast<{c_type_of(node)}*>(inputs[{position}]);"


def _loaded(position: int, node: fx.Node) -> str:
    """A number is loaded once a step."""
    return f"const {c_type_of(node)} in{position} = *at{position};"

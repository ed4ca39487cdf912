"""A graph as a C++ function that runs it again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

import torch
from torch import fx

from handgrad.engine.cpp._formulas import C_TYPES, literal
from handgrad.engine.cpp._memory import Memory, tensor_of
from handgrad.engine.cpp._products import PRELUDE
from handgrad.engine.cpp._scope import FILLED, Scope, UntranslatableError
from handgrad.engine.cpp._views import VIEWS

_aten = torch.ops.aten
_SUMS = {_aten.sum.default, _aten.sum.dim_IntList}
_REDUCTIONS = {*_SUMS, _aten.amax.default}


class Program(NamedTuple):
    """C++ source, and the bytes of working memory that its function ``steps`` takes."""

    source: str
    working_memory: int


def program(graph: fx.Graph, batches: int, states: Sequence[Sequence[int]]) -> Program:
    """The C++ of a step of training.

    Its function takes the number of steps, a pointer to each input, working memory, and room for the first output of each step.

    Args:
        graph: its first output is a number, the others are the inputs of ``states`` after the step.
        batches: how many of the first inputs are followed in memory by those of the next step.
        states: the inputs that change, by their positions. Those of a group depend entry by entry on each other and on no other.

    Raises:
        UntranslatableError: the graph has an op that is not written down here.
    """
    return _Writer(graph, batches, states).program()


class _Writer:
    def __init__(self, graph: fx.Graph, batches: int, states: Sequence[Sequence[int]]) -> None:
        self._nodes = list(graph.nodes)
        self._inputs = inputs_of(graph)
        self._batches = batches
        self._value, *after = self._nodes[-1].args[0]
        results = iter(after)
        self._groups = [[(self._inputs[position], next(results)) for position in group] for group in states]
        self._memory = Memory()
        self._rooms: list[str] = []
        self._names = count()

    def program(self) -> Program:
        """Write everything down."""
        pointers = [self._input(position, node) for position, node in enumerate(self._inputs)]
        kept = _kept(self._nodes, [{after for _, after in group} for group in self._groups])
        numbers = [self._number(node) for node in self._inputs if not tensor_of(node).dim()]
        step = [line for node in self._nodes if node in kept for line in self._keep(node)]
        scope = Scope(self._memory)
        step += [f"losses[step] = {scope.entry(self._value, ())};"]
        step += [line for group in self._groups for line in self._change(group)]
        advance = [f"in{position} += {tensor_of(node).numel()};" for position, node in enumerate(self._inputs[: self._batches])]
        body = block("for (int64_t step = 0; step < count; ++step)", [*numbers, *step, *advance])
        c_type = C_TYPES[tensor_of(self._value).dtype]
        head = f'extern "C" void steps(int64_t count, void* const* inputs, char* block, {c_type}* losses)'
        return Program("\n".join([PRELUDE, *block(head, [*pointers, *self._rooms, *body]), ""]), self._memory.size)

    def _input(self, position: int, node: fx.Node) -> str:
        c_type = C_TYPES[tensor_of(node).dtype]
        pointer = f"in{position}" if tensor_of(node).dim() else f"at{position}"
        self._memory.put(node, f"in{position}")
        return f"{c_type}* {pointer} = static_cast<{c_type}*>(inputs[{position}]);"

    def _number(self, node: fx.Node) -> str:
        name = self._memory.entry(node, ())
        return f"const {C_TYPES[tensor_of(node).dtype]} {name} = *{name.replace('in', 'at')};"

    def _make(self, node: fx.Node) -> str:
        name = f"t{next(self._names)}"
        self._rooms.append(self._memory.make(node, name))
        return name

    def _keep(self, node: fx.Node) -> list[str]:
        """Compute a tensor and leave it in memory."""
        if node.target is _aten.mm.default:
            return self._product(node)
        if node.target in _REDUCTIONS:
            return self._reduction(node)
        scope, shape = Scope(self._memory), tensor_of(node).shape
        if not shape:
            formula = scope.formula(node, ())
            name = f"n{next(self._names)}"
            self._memory.put(node, name)
            return [*scope.lines, f"const {C_TYPES[tensor_of(node).dtype]} {name} = {formula};"]
        index = indices(shape)
        formula = scope.formula(node, index)
        self._make(node)
        return loops(shape, [*scope.lines, f"{self._memory.entry(node, index)} = {formula};"])

    def _change(self, group: Sequence[tuple[fx.Node, fx.Node]]) -> list[str]:
        """Overwrite a parameter and what the optimizer keeps for it, entry by entry in one go."""
        lines: list[str] = []
        for shape in dict.fromkeys(tensor_of(before).shape for before, _ in group):
            scope, index = Scope(self._memory), indices(shape)
            own = [(before, after) for before, after in group if tensor_of(before).shape == shape]
            after = [scope.entry(after, index) for _, after in own]
            places = [self._memory.entry(before, index).replace("in", "*at" if not shape else "in") for before, _ in own]
            writes = [f"{place} = {entry};" for place, entry in zip(places, after, strict=True)]
            lines += loops(shape, [*scope.lines, *writes])
        return lines

    def _product(self, node: fx.Node) -> list[str]:
        a, b = node.args
        (m, k), n = tensor_of(a).shape, tensor_of(b).shape[1]
        c_type, out = C_TYPES[tensor_of(node).dtype], self._make(node)
        lines: list[str] = []
        place, by = self._memory.place(a), self._memory.place(b)
        if place is None or by is None:
            raise UntranslatableError("aten.mm of what is not evenly spaced")
        right, packed = by.name, by.strides[1] != 1 and n > 1
        if packed:
            right = f"t{next(self._names)}"
            self._rooms.append(self._memory.room(right, c_type, k * n * tensor_of(b).element_size()))
            lines.append(f"pack<{c_type}, {n}, {k}>({by.name}, {by.strides[1]}, {right});")
            if by.strides[0] != 1:
                raise UntranslatableError("aten.mm of a tensor without a stride of 1")
        left = f"{place.name}, {place.strides[0]}, {place.strides[1]}"
        sizes = f"{c_type}, {m}, {n}, {k}, {'true' if packed else 'false'}"
        return [*lines, f"product<{sizes}>({left}, {right}, {by.strides[0]}, {out}, {n});"]

    def _reduction(self, node: fx.Node) -> list[str]:
        of, *rest = node.args
        shape, dtype = tensor_of(of).shape, tensor_of(node).dtype
        dims = {dim % len(shape) for dim in rest[0]} if rest and rest[0] else set(range(len(shape)))
        scope, index = Scope(self._memory), indices(shape)
        entry = scope.entry(of, index)
        if tensor_of(of).dtype is not dtype:
            entry = f"{C_TYPES[dtype]}({entry})"
        summed = node.target in _SUMS
        first = len(shape) - len(dims)
        if dims == set(range(first, len(shape))):
            total = f"n{next(self._names)}"
            start = literal(0, dtype) if summed else f"-{literal(float('inf'), dtype)}"
            more = [*scope.lines, f"{total} {'+= ' + entry if summed else f'= larger({total}, {entry})'};"]
            reduce = f"#pragma omp simd reduction(+ : {total})" if summed else None
            lines = [f"{C_TYPES[dtype]} {total} = {start};", *loops(shape, more, reduce, start=first)]
            if not tensor_of(node).dim():
                self._memory.put(node, total)
                return lines
            self._make(node)
            kept = index[:first] + ("0",) * (tensor_of(node).dim() - first)
            return loops(shape[:first], [*lines, f"{self._memory.entry(node, kept)} = {total};"], None)
        if not summed or dims != set(range(len(dims))):
            raise UntranslatableError(f"{node.target} over {sorted(dims)} of {len(shape)} dimensions")
        self._make(node)
        kept = ("0",) * (tensor_of(node).dim() - first) + index[len(dims) :]
        place = self._memory.entry(node, kept)
        clear = loops(shape[len(dims) :], [f"{place} = 0;"], start_name=len(dims))
        return [*clear, *loops(shape, [*scope.lines, f"{place} += {entry};"])]


def inputs_of(graph: fx.Graph) -> list[fx.Node]:
    """The arguments, then the tensors that were there when the graph was traced."""
    return [node for op in ("placeholder", "get_attr") for node in graph.nodes if node.op == op]


def _kept(nodes: Sequence[fx.Node], groups: Sequence[set[fx.Node]]) -> set[fx.Node]:
    """What to keep in memory: what an op needs there, and what is used in more than one loop."""
    output = nodes[-1]
    kept: set[fx.Node] = set()
    loops_of: dict[fx.Node, set[object]] = {}
    for node in reversed(nodes):
        if node.op != "call_function":
            continue
        where: set[object] = set()
        for user in node.users:
            if user is output:
                where |= {position for position, group in enumerate(groups) if node in group}
            else:
                where |= {user} if user in kept else loops_of[user]
        loops_of[node] = where
        costs = node.target not in VIEWS and node.target not in FILLED
        needed = any(user.target is _aten.mm.default for user in _through_views(node))
        if costs and (len(where) > 1 or needed or not tensor_of(node).dim() or node.target in _REDUCTIONS | {_aten.mm.default}):
            kept.add(node)
    return kept


def _through_views(node: fx.Node) -> Iterator[fx.Node]:
    for user in node.users:
        if user.target in VIEWS:
            yield from _through_views(user)
        else:
            yield user


def indices(shape: Sequence[int]) -> tuple[str, ...]:
    """The names of the loops over a tensor."""
    return tuple(f"i{dim}" for dim in range(len(shape)))


def loops(shape: Sequence[int], body: list[str], pragma: str | None = "#pragma omp simd", start: int = 0, start_name: int = 0) -> list[str]:
    """``body`` for every index, from dimension ``start`` on."""
    for dim in reversed(range(start, len(shape))):
        name = f"i{dim + start_name}"
        body = block(f"for (int64_t {name} = 0; {name} < {shape[dim]}; ++{name})", body)
        if dim == len(shape) - 1 and pragma is not None:
            body = [pragma, *body]
    return body


def block(head: str, body: list[str]) -> list[str]:
    """A C++ statement with a body."""
    return [head + " {", *("  " + line for line in body), "}"]

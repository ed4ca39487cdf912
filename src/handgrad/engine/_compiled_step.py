"""A pure step as a compiled program, and the calls of it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from handgrad.engine._pure_step import PureStep
from handgrad.engine._update_rule import Numbers, Tensors
from handgrad.engine.cpp import compiled, inputs_of, program, traced


class Inputs(NamedTuple):
    """What `PureStep` takes, with a batch for each step, and numbers for numbers."""

    x: Tensor
    target: Tensor
    numbers: Sequence[Numbers]
    buffers: Tensors
    states: Sequence[Tensors]

    def layout(self) -> object:
        """What a program depends on: equal for inputs that the same one takes. A CUDA graph knows addresses by heart."""
        batches = tuple((own.shape[1:], own.dtype) for own in (self.x, self.target))
        known = tuple(own.data_ptr() for own in self.kept() if own.is_cuda)
        return batches, known, *self.buffers, *((own.shape, own.stride(), own.dtype) for own in self.kept())

    def kept(self) -> list[Tensor]:
        """The tensors that are no batches."""
        return [*self.buffers.values(), *(own for state in self.states for own in state.values())]


class CompiledStep:
    """The program of a step for inputs of one layout.

    Args:
        step: what is compiled.
        inputs: like those that it will be called with.

    Raises:
        NotImplementedError: something in the step has no C++ here.
        CompilerError: the compiler fails.
    """

    def __init__(self, step: PureStep, inputs: Inputs) -> None:
        numbers = [torch.tensor(own, dtype=torch.float64) for group in inputs.numbers for own in group.values()]
        examples = [inputs.x[0].clone(), inputs.target[0].clone(), *numbers, *inputs.kept()]

        def function(x: Tensor, target: Tensor, *rest: Tensor) -> list[Tensor]:
            parts = iter(rest)
            named = [_named(group, parts) for group in inputs.numbers], _named(inputs.buffers, parts)
            value, after = step(x, target, *named, [_named(state, parts) for state in inputs.states])
            return [value, *(own[name] for own, state in zip(after, inputs.states, strict=True) for name in state)]

        module = traced(function, *examples)
        found = [str(own.target) for own in inputs_of(module.graph)[len(examples) :]]
        self._constants: list[Tensor] = [getattr(module, name) for name in found]
        text = program(module.graph, 2, _positions(inputs.states, len(examples)))
        self._function = compiled(text.source)
        self._working = torch.empty(text.working_memory, dtype=torch.uint8)
        self._numbers = (ctypes.c_double * len(numbers))()
        self._value = text.dtype

    def __call__(self, inputs: Inputs) -> Tensor:
        """Take the steps: change the states in place, and return the loss of each step."""
        self._numbers[:] = [own for group in inputs.numbers for own in group.values()]
        start, size = ctypes.addressof(self._numbers), ctypes.sizeof(ctypes.c_double)
        addresses = [inputs.x.data_ptr(), inputs.target.data_ptr()]
        addresses += range(start, start + size * len(self._numbers), size)
        addresses += [own.data_ptr() for own in (*inputs.kept(), *self._constants)]
        losses = torch.empty(len(inputs.x), dtype=self._value)
        table = (ctypes.c_void_p * len(addresses))(*addresses)
        self._function(len(inputs.x), table, self._working.data_ptr(), losses.data_ptr())
        return losses


def _named(names: Numbers | Tensors, tensors: Iterator[Tensor]) -> Tensors:
    return {name: next(tensors) for name in names}


def _positions(states: Sequence[Tensors], end: int) -> list[list[int]]:
    """The positions of the states of each learner among inputs whose last ones they are."""
    start = end - sum(map(len, states))
    positions: list[list[int]] = []
    for state in states:
        positions.append(list(range(start, start + len(state))))
        start += len(state)
    return positions

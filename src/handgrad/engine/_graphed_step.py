"""A pure step on a GPU: many at once as one CUDA graph, which costs the host one call."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from handgrad.engine._compiled_step import Inputs
from handgrad.engine._pure_step import PureStep
from handgrad.engine._update_rule import Tensors

_LENGTHS = (16, 1)
"""Steps in each graph: as many as fit are taken at once, and what is left over at the end of a call one by one."""


class GraphedStep:
    """The graphs of a step for inputs of one layout, with states that stay where they are.

    Args:
        step: what is recorded.
        inputs: like those that it will be called with.
    """

    def __init__(self, step: PureStep, inputs: Inputs) -> None:
        self._step, self._buffers = step, inputs.buffers
        device = inputs.x.device
        self._numbers = [
            {name: torch.tensor(own, dtype=torch.float64, device=device) for name, own in group.items()}
            for group in inputs.numbers
        ]
        # torch counts Adam's steps on the CPU, out of a graph's reach: the count is taken over here and handed back.
        self._states = [{name: own.to(device) for name, own in state.items()} for state in inputs.states]
        self._x, self._target = (own.new_zeros(_LENGTHS[0], *own.shape[1:]) for own in (inputs.x, inputs.target))
        self._graphs = {length: self._recorded(length) for length in _LENGTHS}

    def __call__(self, inputs: Inputs) -> Tensor:
        """Take the steps: change the states in place, and return the loss of each step."""
        for group, given in zip(self._numbers, inputs.numbers, strict=True):
            for name, number in group.items():
                number.fill_(given[name])
        _copy(inputs.states, self._states)
        losses: list[Tensor] = []
        start = 0
        for length in _LENGTHS:
            while start + length <= len(inputs.x):
                steps = slice(start, start + length)
                losses.append(self._replayed(inputs.x[steps], inputs.target[steps]))
                start += length
        _copy(self._states, inputs.states)
        return torch.cat(losses)

    def _recorded(self, length: int) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        before = [{name: own.clone() for name, own in state.items()} for state in self._states]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self._x.device):
            # Kernels and libraries are loaded in a first run, which a graph must not see.
            first = torch.cuda.Stream()
            first.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(first):
                self._chained(length)
            torch.cuda.current_stream().wait_stream(first)
            # A stream of its own: cuBLAS keeps a workspace for each, which goes with the first graph of it (pytorch#193402).
            with torch.cuda.graph(graph, stream=torch.cuda.Stream()):
                losses = self._chained(length)
        _copy(before, self._states)
        return graph, losses

    def _chained(self, length: int) -> Tensor:
        batches = zip(self._x[:length], self._target[:length], strict=True)
        return torch.stack([self._taken(x, target) for x, target in batches])

    def _taken(self, x: Tensor, target: Tensor) -> Tensor:
        value, after = self._step(x, target, self._numbers, self._buffers, self._states)
        _copy(after, self._states)
        return value

    def _replayed(self, x: Tensor, target: Tensor) -> Tensor:
        graph, losses = self._graphs[len(x)]
        self._x[: len(x)].copy_(x)
        self._target[: len(x)].copy_(target)
        graph.replay()
        return losses.clone()


def _copy(states: Sequence[Tensors], to: Sequence[Tensors]) -> None:
    for state, own in zip(states, to, strict=True):
        for name, tensor in own.items():
            if tensor is not state[name]:
                tensor.copy_(state[name])

"""The steps of a training as one C++ function, written from the rules and compiled for the sizes at hand."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.utils._pytree import tree_flatten, tree_unflatten

from handgrad.engine._clipping import Clipping
from handgrad.engine._engine import Engine, Loss
from handgrad.engine._loop import LoopEngine
from handgrad.engine._pure_step import PARAMETER, Learner, PureStep
from handgrad.engine._support import UnsupportedError, require_support
from handgrad.engine._update_rule import Numbers, UpdateRule
from handgrad.engine.cpp._compiler import compiled
from handgrad.engine.cpp._program import inputs_of, program
from handgrad.engine.cpp._tracing import traced


class CompiledEngine(Engine):
    def __init__(self, net: nn.Module, loss: Loss, optimizer: Optimizer, clipping: Clipping | None = None) -> None:
        super().__init__(net, loss, optimizer, clipping)
        self._mlp = require_support("compiled", net, loss)
        self._loop = LoopEngine(net, loss, optimizer, clipping)
        self._compiled: dict[object, _CompiledStep] = {}

    @torch.no_grad()
    def steps(
        self, x: Float[Tensor, "steps batch inputs"], target: Shaped[Tensor, "steps batch *outputs"]
    ) -> Float[Tensor, " steps"]:
        """Take one step for each batch; see `Engine.steps`."""
        rules = [UpdateRule.of(self.optimizer, group) for group in self.optimizer.param_groups]
        first = 0 if self._has_state(rules) else 1
        losses = [self._loop.steps(x[:first], target[:first])] if first else []
        if len(x) > first:
            losses.append(self._step(x, target, rules)(x[first:], target[first:], self))
        return torch.cat(losses)

    def gradients(self, x, target):
        return self._loop.gradients(x, target)

    def _has_state(self, rules):
        return all(
            isinstance(self.optimizer.state[p].get(n), Tensor) if p in self.optimizer.state else not r.state_names()
            for r, g in zip(rules, self.optimizer.param_groups) for p in g["params"] for n in r.state_names()
        )

    def _step(self, x, target, rules):
        key = (x.shape[1:], x.dtype, target.shape[1:], target.dtype, tuple(rules), repr(self.loss), self.clipping)
        if key not in self._compiled:
            self._compiled[key] = _CompiledStep(self._mlp, self.loss, self.optimizer, self.clipping, rules, x[0], target[0])
        return self._compiled[key]


class _CompiledStep:
    def __init__(self, net, loss, optimizer, clipping, rules, x, target):
        self.rules = rules
        names = {p: n for n, p in net.named_parameters()}
        self.learners = [Learner(names[p], rules[i], i) for i, g in enumerate(optimizer.param_groups) for p in g["params"]]
        self.loss=loss
        step = PureStep(net, loss, self.learners, clipping)
        arguments = (x.clone(memory_format=torch.contiguous_format), target.clone(memory_format=torch.contiguous_format), *self.arguments(optimizer))
        flat, spec = tree_flatten(arguments)
        def function(*flat):
            value, after = step(*tree_unflatten(list(flat), spec))
            return [value, *[a[n] for a in after for n in a]]
        module = traced(function, *flat)
        self.constants = [getattr(module, n.target) for n in inputs_of(module.graph) if n.op == "get_attr"]
        states = arguments[-1]
        pos = len(flat) - sum(map(len, states))
        groups = []
        for s in states:
            groups.append(list(range(pos, pos+len(s)))); pos += len(s)
        prog = program(module.graph, 2, groups)
        self.prog = prog
        self.function = compiled(prog.source)
        self.block = torch.empty(prog.working_memory + 64, dtype=torch.uint8)
        self.dtype = x.dtype

    def arguments(self, optimizer):
        numbers = [{n: torch.tensor(v, dtype=torch.float64) for n, v in r.hyperparameters(g).items()} for r, g in zip(self.rules, optimizer.param_groups)]
        buffers = dict(self.loss.named_buffers()) if isinstance(self.loss, nn.Module) else {}
        ps = [p for g in optimizer.param_groups for p in g["params"]]
        states = [{PARAMETER: p.detach(), **{n: optimizer.state[p][n] for n in l.rule.state_names()}} for p, l in zip(ps, self.learners)]
        return numbers, buffers, states

    def __call__(self, x, target, engine):
        x, target = x.contiguous(), target.contiguous()
        flat = [x, target, *tree_flatten(self.arguments(engine.optimizer))[0], *self.constants]
        losses = torch.empty(len(x), dtype=self.dtype)
        pointers = (ctypes.c_void_p * len(flat))(*[t.data_ptr() for t in flat])
        self.function(len(x), pointers, self.block.data_ptr() + -self.block.data_ptr() % 64, losses.data_ptr())
        return losses

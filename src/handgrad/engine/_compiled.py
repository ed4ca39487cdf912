"""The steps of a training as one C++ function, written from the rules for the sizes at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from handgrad.engine._clipping import Clipping
from handgrad.engine._compiled_step import CompiledStep, Inputs
from handgrad.engine._engine import Engine, Loss
from handgrad.engine._graphed_step import GraphedStep
from handgrad.engine._loop import LoopEngine
from handgrad.engine._pure_step import PARAMETER, Learner, PureStep
from handgrad.engine._support import Support, UnsupportedError
from handgrad.engine._update_rule import UpdateRule
from handgrad.engine.cpp import CompilerError, find_compiler

_MOST = 8
"""Programs that are kept: one for each shape of a batch, which are two in an epoch."""


class CompiledEngine(Engine):
    """Backpropagation by hand, for a `handgrad.nn.MLP` or `Ensemble`, with SGD, Adam or AdamW.

    One step, from the forward pass to the new parameters, is traced once for each shape of a batch, written down in C++ and
    compiled, which takes a second or two; the result is kept on disk. Then a call of `steps` is one call of a C++ function, in
    one thread: the fastest for nets that are not large enough to be worth several. On a GPU the traced steps are a CUDA graph.
    The very first step, in which the optimizer makes its state, and `gradients` are those of `LoopEngine`.

    Raises:
        UnsupportedError: the net or the loss is another one, or there is no C++ compiler; the message names the engine that can.
    """

    def __init__(self, net: nn.Module, loss: Loss, optimizer: Optimizer, clipping: Clipping | None = None) -> None:
        super().__init__(net, loss, optimizer, clipping)
        self._support = Support("compiled", net, loss)
        self._loop = LoopEngine(net, loss, optimizer, clipping)
        self._names = {parameter: name for name, parameter in self._support.net.named_parameters()}
        self._parameters = dict(self._support.net.named_parameters())
        self._compiled: dict[object, CompiledStep | GraphedStep] = {}
        device = next(net.parameters()).device
        if device.type not in ("cpu", "cuda"):
            raise _unsupported(f"expected a net on a CPU or a CUDA GPU, got one on {device}")
        if device.type == "cpu":
            try:
                find_compiler()
            except CompilerError as error:
                raise _unsupported(str(error)) from error

    @torch.no_grad()
    def steps(
        self, x: Float[Tensor, "steps batch inputs"], target: Shaped[Tensor, "steps batch *outputs"]
    ) -> Float[Tensor, " steps"]:
        """Take one step for each batch; see `Engine.steps`.

        Raises:
            UnsupportedError: the optimizer is one whose formulas are not known, or the loss has an op that is not.
        """
        self._support.check()
        learners = self._learners()
        first = len(x) if not self._takes(target) else 0 if self._has_state(learners) else 1
        losses = [self._loop.steps(x[:first], target[:first])] if first else []
        if first < len(x):
            inputs = self._inputs(x[first:].contiguous(), target[first:].contiguous(), learners)
            losses.append(self._step(inputs, learners)(inputs))
        vars(self.optimizer)["_opt_called"] = True  # what torch's schedulers ask for
        return losses[0] if len(losses) == 1 else torch.cat(losses)

    def gradients(self, x: Float[Tensor, "batch inputs"], target: Shaped[Tensor, "*batch_outputs"]) -> Tensor:
        """Fill the parameters' ``.grad``; see `Engine.gradients`."""
        return self._loop.gradients(x, target)

    def _learners(self) -> list[Learner]:
        unknown = _unknown(self.optimizer)
        if unknown is not None:
            raise _unsupported(f"expected a torch.optim.SGD, Adam or AdamW, got {unknown}")
        rules = [UpdateRule.of(self.optimizer, group) for group in self.optimizer.param_groups]
        return [
            Learner(self._names[parameter], rules[position], position)
            for position, group in enumerate(self.optimizer.param_groups)
            for parameter in group["params"]
            if parameter in self._names
        ]

    def _has_state(self, learners: Sequence[Learner]) -> bool:
        return all(
            isinstance(self.optimizer.state.get(self._parameters[own.name], {}).get(name), Tensor)
            for own in learners
            for name in own.rule.state_names()
        )

    def _takes(self, target: Tensor) -> bool:
        """Whether every class index is one; else torch's kernels are to say what is wrong."""
        if target.is_floating_point() or not target.numel():
            return True
        least, largest = target.aminmax()
        return bool(least >= 0) and bool(largest < self._support.net.out_features)

    def _inputs(self, x: Tensor, target: Tensor, learners: Sequence[Learner]) -> Inputs:
        groups = self.optimizer.param_groups
        rules = {own.group: own.rule for own in learners}
        numbers = [rules[position].numbers(group) if position in rules else {} for position, group in enumerate(groups)]
        states = []
        for own in learners:
            parameter = self._parameters[own.name]
            kept = self.optimizer.state.get(parameter, {})
            states.append({PARAMETER: parameter.detach(), **{name: kept[name] for name in own.rule.state_names()}})
        buffers = dict(self.loss.named_buffers()) if isinstance(self.loss, nn.Module) else {}
        return Inputs(x, target, numbers, buffers, states)

    def _step(self, inputs: Inputs, learners: Sequence[Learner]) -> CompiledStep | GraphedStep:
        key = (tuple(learners), self._convention(), self.clipping, inputs.layout())
        if key not in self._compiled:
            if len(self._compiled) == _MOST:
                self._compiled.clear()
            try:
                step = PureStep(self._support.net, self.loss, learners, self.clipping)
                self._compiled[key] = (GraphedStep if inputs.x.is_cuda else CompiledStep)(step, inputs)
            except (NotImplementedError, CompilerError) as error:
                raise _unsupported(str(error)) from error
        return self._compiled[key]

    def _convention(self) -> object:
        """What the loss computes, as far as it shows."""
        return tuple(item for item in vars(self.loss).items() if isinstance(item[1], str | float | int))


def _unsupported(reason: str) -> UnsupportedError:
    return UnsupportedError(f"engine=compiled: {reason}; use engine=loop, which can")


def _unknown(optimizer: Optimizer) -> str | None:
    """What about an optimizer is not known here."""
    if type(optimizer) not in (SGD, Adam, AdamW):
        return type(optimizer).__name__
    if optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks:
        return f"{type(optimizer).__name__} with hooks"
    options: list[dict[str, Any]] = optimizer.param_groups
    if any(own["differentiable"] or own.get("capturable") or isinstance(own["lr"], Tensor) for own in options):
        return f"{type(optimizer).__name__} that is differentiable, capturable, or has a tensor for lr"
    return None

"""A step of training as a function without side effects: what goes in, what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.utils.stateless import _reparametrize_module

from handgrad.engine._backpropagation import backpropagate
from handgrad.engine._clipping import Clipping
from handgrad.engine._engine import Loss
from handgrad.engine._update_rule import Tensors, UpdateRule
from handgrad.nn import FullyConnected

PARAMETER = "parameter"


class Learner(NamedTuple):
    """How a parameter learns: its name in the net, the rule of its group, and the number of the group."""

    name: str
    rule: UpdateRule
    group: int


class PureStep:
    """``(x, target, numbers, buffers, states) -> (loss, states after)``.

    Args:
        net: says what is computed; its own parameters are left alone.
        loss: takes the output of the net and the targets.
        learners: the parameters that learn.
        clipping: what bounds the gradients.
    """

    def __init__(self, net: FullyConnected, loss: Loss, learners: Sequence[Learner], clipping: Clipping | None) -> None:
        self._net, self._loss, self._learners, self._clipping = net, loss, learners, clipping

    def __call__(
        self, x: Tensor, target: Tensor, numbers: Sequence[Tensors], buffers: Tensors, states: Sequence[Tensors]
    ) -> tuple[Tensor, list[Tensors]]:
        """Take the step.

        Args:
            x: a batch of what the net takes.
            target: what the loss takes.
            numbers: the hyperparameters of each parameter group.
            buffers: the buffers of the loss.
            states: for each learner the parameter and what its optimizer keeps.
        """
        parameters = {learner.name: state[PARAMETER] for learner, state in zip(self._learners, states, strict=True)}
        loss, gradients = self._gradients(x, target, parameters, buffers)
        after: list[Tensors] = []
        for learner, state in zip(self._learners, states, strict=True):
            parameter = state[PARAMETER]
            changed, kept = learner.rule.update(parameter, gradients[parameter], state, numbers[learner.group])
            after.append({PARAMETER: changed, **kept})
        return loss, after

    def _gradients(
        self, x: Tensor, target: Tensor, parameters: Tensors, buffers: Tensors
    ) -> tuple[Tensor, dict[Tensor, Tensor]]:
        gradients: dict[Tensor, Tensor] = {}
        holder = self._loss if isinstance(self._loss, nn.Module) else nn.Module()
        with _reparametrize_module(self._net, parameters), _reparametrize_module(holder, buffers):
            loss = backpropagate(self._net, self._loss, x, target, gradients.__setitem__)
        if self._clipping is not None:
            gradients = dict(zip(gradients, self._clipping.clipped(self._net, list(gradients.values())), strict=True))
        return loss, gradients

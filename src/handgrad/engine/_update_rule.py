"""What an optimizer makes of a parameter and its gradient: torch's formulas, without its loops.

Sources: torch.optim.SGD and torch.optim.AdamW, whose documentation has the algorithms with the same names.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import SGD, Adam, Optimizer

Numbers = dict[str, float]
"""The hyperparameters of a parameter group, by torch's names."""

Tensors = dict[str, Tensor]
"""The same numbers as float64 tensors, 0-d; or what the optimizer keeps for a parameter."""


class UpdateRule(NamedTuple):
    """What of a parameter group decides which formulas hold; all other hyperparameters are numbers in them."""

    optimizer: type[Optimizer]
    maximize: bool
    decays: bool
    decoupled: bool
    momentum: bool
    nesterov: bool
    amsgrad: bool

    @classmethod
    def of(cls, optimizer: Optimizer, group: dict[str, Any]) -> UpdateRule:
        """The rule of a parameter group of an SGD, Adam or AdamW."""
        return cls(
            SGD if isinstance(optimizer, SGD) else Adam,
            bool(group["maximize"]),
            group["weight_decay"] != 0,
            bool(group.get("decoupled_weight_decay") or isinstance(optimizer, torch.optim.AdamW)),
            bool(group.get("momentum")),
            bool(group.get("nesterov")),
            bool(group.get("amsgrad")),
        )

    def numbers(self, group: dict[str, Any]) -> Numbers:
        """The numbers of a parameter group, by their names in the formulas."""
        names = ["lr", "weight_decay", *(["momentum", "dampening"] if self.optimizer is SGD else ["eps"])]
        numbers = {name: group[name] for name in names}
        if self.optimizer is Adam:
            numbers["beta1"], numbers["beta2"] = group["betas"]
        return numbers

    def state_names(self) -> list[str]:
        """What torch keeps for a parameter, by its names in ``optimizer.state``."""
        if self.optimizer is SGD:
            return ["momentum_buffer"] if self.momentum else []
        return ["step", "exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if self.amsgrad else [])]

    def update(self, parameter: Tensor, gradient: Tensor, state: Tensors, number: Tensors) -> tuple[Tensor, Tensors]:
        """The parameter and its state after a step; nothing is changed in place."""
        if self.maximize:
            gradient = -gradient
        if self.decays and self.decoupled:
            parameter = parameter * (1 - number["lr"] * number["weight_decay"])
        elif self.decays:
            gradient = gradient + number["weight_decay"] * parameter
        return (self._sgd if self.optimizer is SGD else self._adam)(parameter, gradient, state, number)

    def _sgd(self, parameter: Tensor, gradient: Tensor, state: Tensors, number: Tensors) -> tuple[Tensor, Tensors]:
        if not self.momentum:
            return parameter - number["lr"] * gradient, {}
        buffer = number["momentum"] * state["momentum_buffer"] + (1 - number["dampening"]) * gradient
        direction = gradient + number["momentum"] * buffer if self.nesterov else buffer
        return parameter - number["lr"] * direction, {"momentum_buffer": buffer}

    def _adam(self, parameter: Tensor, gradient: Tensor, state: Tensors, number: Tensors) -> tuple[Tensor, Tensors]:
        step = state["step"] + 1
        first = state["exp_avg"] + (1 - number["beta1"]) * (gradient - state["exp_avg"])
        second = number["beta2"] * state["exp_avg_sq"] + (1 - number["beta2"]) * gradient * gradient
        after = {"step": step, "exp_avg": first, "exp_avg_sq": second}
        if self.amsgrad:
            second = after["max_exp_avg_sq"] = torch.maximum(state["max_exp_avg_sq"], second)
        correction1 = 1 - number["beta1"] ** step.double()
        correction2 = 1 - number["beta2"] ** step.double()
        denominator = second.sqrt() / correction2.sqrt() + number["eps"]
        return parameter - number["lr"] / correction1 * (first / denominator), after

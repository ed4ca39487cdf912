"""Learning rates of the members of an ensemble.

A step is θ ← θ − η d. For SGD, Adam and AdamW, with momentum, weight decay and all, d does not depend on the learning rate η. So
member m takes the step of the rate r_m η if it goes r_m times as far as the optimizer would have gone, to θ′:

                θ_m ← θ_m + r_m (θ′_m − θ_m)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer

from handgrad.nn import Ensemble

_LINEAR = (SGD, Adam, AdamW)


def apply_rates(optimizer: Optimizer, ensemble: Ensemble) -> None:
    """Let every member learn at its own rate, ``ensemble.rates`` times that of the optimizer: from now on, by hooks of its step.

    A scheduler changes the optimizer's rate, and so that of all members. A rate of 1 leaves the steps as they are, to the bit;
    each other rounds once more. Take for the optimizer's rate the largest, so that no rounding is enlarged.

    Raises:
        ValueError: the ensemble has no rates, or the steps of the optimizer are not known to be proportional to its rate.
    """
    if ensemble.rates is None:
        raise ValueError("apply_rates: expected an ensemble with rates, got none; build it with Ensemble(…, rates=[…])")
    if type(optimizer) not in _LINEAR:
        known = ", ".join(kind.__name__ for kind in _LINEAR)
        raise ValueError(
            f"apply_rates: expected an optimizer whose step is proportional to its learning rate ({known}), "
            f"got {type(optimizer).__name__}; train without rates"
        )
    scaling = _Scaling([*ensemble.parameters()], ensemble.rates)
    optimizer.register_step_pre_hook(scaling.before)
    optimizer.register_step_post_hook(scaling.after)


class _Scaling:
    def __init__(self, parameters: list[Tensor], rates: list[float]) -> None:
        self._parameters, self._rates = parameters, torch.tensor(rates, dtype=torch.float64)
        self._kept: list[Tensor] = []

    @torch.no_grad()
    def before(self, *_: Any) -> None:
        if not self._kept:
            self._kept = [torch.empty_like(own) for own in self._parameters]
            self._rates = self._rates.to(self._kept[0])
        torch._foreach_copy_(self._kept, self._parameters)

    @torch.no_grad()
    def after(self, *_: Any) -> None:
        for own, kept in zip(self._parameters, self._kept, strict=True):
            own.copy_(kept.lerp(own, self._rates.reshape(-1, *[1] * (own.dim() - 1))))

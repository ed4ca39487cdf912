"""Members that learn at different rates take the steps that each would take alone, at its own."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from sklearn.datasets import load_wine
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import ExponentialLR

from handgrad.engine import Clipping, apply_rates, engine_for
from handgrad.nn import MLP, CrossEntropyLoss, Ensemble, EnsembleLoss

RATES = [1.0, 0.3, 0.01]
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "descent": lambda own, rate: SGD(own, lr=0.1 * rate),
    "momentum": lambda own, rate: SGD(own, lr=0.05 * rate, momentum=0.9, nesterov=True, weight_decay=1e-2),
    "adam": lambda own, rate: Adam(own, lr=0.02 * rate, weight_decay=1e-2, fused=True),
    "adamw": lambda own, rate: AdamW(own, lr=0.02 * rate, weight_decay=0.1, amsgrad=True),
}


def batches(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    data, target = load_wine(return_X_y=True)
    rows = torch.randint(len(data), (100, 32), generator=torch.Generator().manual_seed(0))
    return torch.from_numpy((data - data.mean(0)) / data.std(0)).to(dtype)[rows], torch.from_numpy(target)[rows]


def trained(engine: str, net: nn.Module, loss: nn.Module, optimizer: Optimizer, dtype: torch.dtype) -> None:
    """Twice 50 steps, the second at half the rate."""
    scheduler, steps = ExponentialLR(optimizer, 0.5), engine_for(engine, net, loss, optimizer, Clipping(1.0))
    for x, target in zip(*(own.split(50) for own in batches(dtype)), strict=True):
        steps.steps(x, target)
        scheduler.step()


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("engine", ["tape", "loop"])
def test_each_member_is_its_solo_run_at_its_rate(engine: str, name: str) -> None:
    shape, loss, dtype = (13, [16], 3, "tanh"), CrossEntropyLoss(), torch.float64
    ensemble = Ensemble(*shape, members=3, seed=4, rates=RATES, dtype=dtype)
    optimizer = OPTIMIZERS[name](ensemble.parameters(), 1)
    apply_rates(optimizer, ensemble)
    trained(engine, ensemble, EnsembleLoss(loss), optimizer, dtype)
    for index, rate in enumerate(RATES):
        torch.manual_seed(4 + index)
        alone = MLP(*shape, dtype=dtype)
        before = [own.detach().clone() for own in alone.parameters()]
        trained(engine, alone, loss, OPTIMIZERS[name](alone.parameters(), rate), dtype)
        for own, weight, start in zip(ensemble.member(index).parameters(), alone.parameters(), before, strict=True):
            torch.testing.assert_close(own, weight, rtol=0, atol=1e-13)
            assert (weight - start).abs().max() > 1e-4


@pytest.mark.parametrize("engine", ["tape", "loop"])
def test_a_rate_of_one_changes_no_bit(engine: str) -> None:
    ends = []
    for rates in (None, [1.0, 0.1]):
        ensemble = Ensemble(13, [8], 3, members=2, seed=0, rates=rates)
        optimizer = Adam(ensemble.parameters(), lr=0.01, fused=True)  # one kernel, whoever calls it
        if rates:
            apply_rates(optimizer, ensemble)
        trained(engine, ensemble, EnsembleLoss(CrossEntropyLoss()), optimizer, torch.float32)
        ends.append(list(ensemble.parameters()))
    for usual, scaled in zip(*ends, strict=True):
        assert torch.equal(usual[0], scaled[0])
        assert not torch.equal(usual[1], scaled[1])


def test_an_optimizer_whose_steps_are_not_known_is_refused() -> None:
    ensemble = Ensemble(4, [3], 2, members=2, rates=[1, 0.1])
    message = "proportional to its learning rate (SGD, Adam, AdamW), got RMSprop; train without rates"
    with pytest.raises(ValueError, match=re.escape(message)):
        apply_rates(RMSprop(ensemble.parameters()), ensemble)


def test_an_ensemble_without_rates_is_refused() -> None:
    ensemble = Ensemble(4, [3], 2, members=2)
    with pytest.raises(ValueError, match="expected an ensemble with rates, got none; build it with"):
        apply_rates(SGD(ensemble.parameters()), ensemble)


@pytest.mark.parametrize("rates", [[1.0], [1.0, 0.0], [1.0, -0.1], [1.0, float("nan")], [1.0, float("inf")]])
def test_rates_that_do_not_fit_are_refused(rates: list[float]) -> None:
    message = re.escape(f"Ensemble: rates must be one positive number for each of the 2 members, got {rates}")
    with pytest.raises(ValueError, match=message):
        Ensemble(4, [3], 2, members=2, rates=rates)

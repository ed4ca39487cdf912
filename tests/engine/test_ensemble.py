"""The members of an ensemble take, side by side, the steps that each would take alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product

import pytest
import torch
from sklearn.datasets import load_diabetes, load_wine
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from handgrad.engine import ENGINES, Clipping, LoopEngine, TapeEngine, UnsupportedError, engine_for
from handgrad.nn import MLP, CrossEntropyLoss, Ensemble, EnsembleLoss, MSELoss

MEMBERS, STEPS, SEED = 3, 200, 4
ULPS = 64
"""By how many units in the last place of its largest weight a member may differ from its solo run after the steps: kernels for one
product and for a batch of them add up in another order. (Measured here: at most 16.)"""

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "descent": lambda own: SGD(own, lr=0.05),
    "momentum": lambda own: SGD(own, lr=0.02, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "adamw": lambda own: AdamW(own, lr=0.01),
}


def batches(name: str, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Mini-batches of 32 in order, as often as there are steps."""
    data, target = (load_wine if name == "wine" else load_diabetes)(return_X_y=True)
    x, t = torch.from_numpy(data), torch.from_numpy(target)
    x = (x - x.mean(0)) / x.std(0)
    t = t if name == "wine" else ((t - t.mean()) / t.std()).unsqueeze(1).to(dtype)
    rows = torch.randint(len(x), (STEPS, 32), generator=torch.Generator().manual_seed(0))
    return x.to(dtype)[rows], t[rows]


def trained(engine: str, net: nn.Module, loss: nn.Module, optimizer: str, batches: tuple, clipping=None) -> Tensor:
    return engine_for(engine, net, loss, OPTIMIZERS[optimizer](net.parameters()), clipping).steps(*batches)


def vector(net: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(net.parameters()).detach()


def solo(index: int, *shape, **options) -> MLP:
    torch.manual_seed(SEED + index)
    return MLP(*shape, **options)


CLIPPINGS = [None, Clipping(0.3), Clipping(0.01, "value")]
DATA = [("wine", torch.float32), ("diabetes", torch.float64)]
MEETINGS = [
    (engine, *data, optimizer, clipping)
    for engine in ("tape", "loop")
    for data, optimizer, clipping in product(DATA, OPTIMIZERS, CLIPPINGS)
] + [("compiled", *DATA[0], "momentum", CLIPPINGS[1]), ("compiled", *DATA[1], "adamw", None)]


@pytest.mark.parametrize(("engine", "name", "dtype", "optimizer", "clipping"), MEETINGS)
def test_each_member_is_its_solo_run(
    engine: str, name: str, dtype: torch.dtype, optimizer: str, clipping: Clipping | None
) -> None:
    given = batches(name, dtype)
    shape, loss = ((13, [16, 8], 3), CrossEntropyLoss()) if name == "wine" else ((10, [16, 8], 1, "tanh"), MSELoss())
    ensemble = Ensemble(*shape, members=MEMBERS, seed=SEED, dtype=dtype)
    losses = trained(engine, ensemble, EnsembleLoss(loss), optimizer, given, clipping)
    summed = torch.zeros_like(losses)
    for index in range(MEMBERS):
        alone = solo(index, *shape, dtype=dtype)
        summed += trained(engine, alone, loss, optimizer, given, clipping)
        own, weights = map(vector, (ensemble.member(index), alone))
        assert (own - weights).abs().max() <= ULPS * torch.finfo(dtype).eps * weights.abs().max()
    torch.testing.assert_close(losses, summed, rtol=1e-5, atol=1e-7)


def test_the_loop_takes_the_steps_of_the_tape() -> None:
    given, ends = batches("wine", torch.float64), []
    for engine in (TapeEngine, LoopEngine):
        net = Ensemble(13, [16], 3, "sigmoid", members=MEMBERS, seed=SEED, dtype=torch.float64)
        loss = EnsembleLoss(CrossEntropyLoss([1.0, 2.0, 0.5], label_smoothing=0.1))
        engine(net, loss, SGD(net.parameters(), lr=0.1)).steps(*given)
        ends.append(vector(net))
    torch.testing.assert_close(*ends, rtol=1e-11, atol=1e-12)


def test_norms_are_those_of_each_member() -> None:
    """One member's gradient is far above the limit, the others' below: these stay as they are."""
    net = Ensemble(4, [3], 2, members=3, seed=0)
    torch.manual_seed(0)
    for own in net.parameters():
        own.grad = 0.01 * torch.randn_like(own)
        own.grad[1] *= 1e4
    kept = [own.grad.clone() for own in net.parameters()]
    Clipping(1.0).clip_(net)
    for own, before in zip(net.parameters(), kept, strict=True):
        assert torch.equal(own.grad[[0, 2]], before[[0, 2]])
    norm = torch.cat([own.grad[1].flatten() for own in net.parameters()]).norm()
    torch.testing.assert_close(norm, torch.tensor(1.0))


@pytest.mark.parametrize("engine", sorted(set(ENGINES) - {"tape"}))
def test_a_loss_of_one_network_is_refused_for_an_ensemble_and_the_other_way_round(engine: str) -> None:
    for net, loss, message in (
        (
            Ensemble(4, [3], 2, members=2),
            MSELoss(),
            "expected a loss of the Ensemble, got MSELoss; wrap it: EnsembleLoss(loss)",
        ),
        (MLP(4, [3], 2), EnsembleLoss(MSELoss()), "expected a loss of the MLP, got EnsembleLoss; take the loss in it"),
    ):
        with pytest.raises(ValueError, match=re.escape(f"engine={engine}: {message}")):
            engine_for(engine, net, loss, SGD(net.parameters()))


@pytest.mark.parametrize("engine", sorted(set(ENGINES) - {"tape"}))
def test_a_loss_without_a_gradient_is_named_though_it_is_wrapped(engine: str) -> None:
    net = Ensemble(4, [3], 2, members=2)
    with pytest.raises(UnsupportedError, match=r"a method gradient\(output, target\), got HuberLoss; use engine=tape"):
        engine_for(engine, net, EnsembleLoss(nn.HuberLoss()), SGD(net.parameters()))

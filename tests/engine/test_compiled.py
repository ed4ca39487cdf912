"""The steps as one C++ function: what is its own beside the steps, which `test_engines` compares with the tape's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from sklearn.datasets import load_wine
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import SGD, Adam, Optimizer, RMSprop

from handgrad.engine import CompiledEngine, UnsupportedError, engine_for
from handgrad.engine._compiled_step import CompiledStep
from handgrad.nn import MLP, CrossEntropyLoss, MSELoss


def _net(dtype: torch.dtype = torch.float64) -> MLP:
    torch.manual_seed(0)
    return MLP(5, [8], 3, "tanh", dtype=dtype)


def _batches(steps: int = 4) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    x = torch.randn(steps, 16, 5, dtype=torch.float64)
    return x, (x[..., 0] * 3).long() % 3


def _numbers(net: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(net.parameters()).detach()


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> list[CompiledStep]:
    """The programs that have been made."""
    made: list[CompiledStep] = []

    class Counted(CompiledStep):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr("handgrad.engine._compiled.CompiledStep", Counted)
    return made


ULPS = 32
"""By how many units in the last place of the largest weight 1000 steps may stray from the tape's: sums add up in another order,
products round once where the tape rounds twice, and near a minimum, where a step pulls back what strayed, that does not pile up.
(Measured here: 2.4 in float32, 3.4 in float64; with gradient descent 3.8 and 2.1.)"""


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_thousand_steps_on_wine_are_those_of_the_tape(dtype: torch.dtype) -> None:
    data, classes = load_wine(return_X_y=True)
    x, target = torch.from_numpy((data - data.mean(0)) / data.std(0)).to(dtype), torch.from_numpy(classes)
    rows = torch.randint(len(x), (1000, 32), generator=torch.Generator().manual_seed(0))
    ends = []
    for engine in ("compiled", "tape"):
        torch.manual_seed(0)
        net = MLP(13, [16], 3, "tanh", dtype=dtype)
        taking = engine_for(engine, net, CrossEntropyLoss(), Adam(net.parameters(), lr=1e-3))
        losses = torch.cat([taking.steps(x[part], target[part]) for part in rows.split(100)])
        assert losses[-1] < 0.1 < losses[0]
        ends.append(_numbers(net))
    ours, tape = ends
    assert (ours - tape).abs().max() <= ULPS * torch.finfo(dtype).eps * tape.abs().max()


def test_hyperparameters_change_without_another_program(programs: list[CompiledStep]) -> None:
    x, target = _batches()
    ends = []
    for engine in ("compiled", "tape"):
        net = _net()
        optimizer = SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
        taking = engine_for(engine, net, CrossEntropyLoss(), optimizer)
        for part, (rate, momentum, decay) in enumerate([(0.1, 0.9, 0.1), (0.03, 0.8, 0.2)]):
            optimizer.param_groups[0].update(lr=rate, momentum=momentum, weight_decay=decay)
            taking.steps(x[2 * part : 2 * part + 2], target[2 * part : 2 * part + 2])
        ends.append(_numbers(net))
    torch.testing.assert_close(*ends, rtol=1e-12, atol=1e-13)
    assert len(programs) == 1


def test_weights_and_class_weights_are_read_anew(programs: list[CompiledStep]) -> None:
    x, target = _batches()
    net, loss = _net(), CrossEntropyLoss(weight=[1, 1, 1])
    taking = engine_for("compiled", net, loss, SGD(net.parameters(), lr=0.1))
    taking.steps(x, target)
    net.load_state_dict(_net().state_dict())
    net.layers[0].weight.data = net.layers[0].weight.data.clone()
    loss.weight = torch.tensor([3.0, 1.0, 2.0])
    expected = functional.cross_entropy(net(x[0]), target[0], weight=loss.weight.double())
    torch.testing.assert_close(taking.steps(x[:1], target[:1])[0], expected)
    assert len(programs) == 1


def test_what_a_loss_computes_may_change() -> None:
    x, target = _batches()
    net, loss = _net(), CrossEntropyLoss()
    taking = engine_for("compiled", net, loss, SGD(net.parameters(), lr=0.0))
    taking.steps(x, target)
    loss.label_smoothing = 0.5
    expected = functional.cross_entropy(net(x[0]), target[0], label_smoothing=0.5)
    torch.testing.assert_close(taking.steps(x[:1], target[:1])[0], expected)


def test_batches_may_lie_in_memory_in_any_way() -> None:
    x, target = _batches()
    ends = []
    for rows in (x, x.transpose(1, 2).contiguous().transpose(1, 2)):
        net = _net()
        engine_for("compiled", net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.1)).steps(rows, target)
        ends.append(_numbers(net))
    assert torch.equal(*ends)


def test_not_a_number_comes_through() -> None:
    x, target = _batches()
    net = _net()
    net.layers[0].weight.data[0, 0] = torch.nan
    assert engine_for("compiled", net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.1)).steps(x, target).isnan().all()


def test_a_class_that_is_none_raises_what_the_loss_raises() -> None:
    x, target = _batches()
    target[2, 3] = 3
    net = _net()
    with pytest.raises(IndexError, match="Target 3 is out of bounds"):
        engine_for("compiled", net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.1)).steps(x, target)


@pytest.mark.parametrize(
    ("optimizer", "got"),
    [(RMSprop, "RMSprop"), (partial(Adam, lr=torch.tensor(0.1), capturable=True), "Adam that is .* capturable")],
)
def test_an_optimizer_that_it_does_not_know_is_one_for_the_loop(optimizer: Callable[..., Optimizer], got: str) -> None:
    net = _net()
    taking = engine_for("compiled", net, CrossEntropyLoss(), optimizer(net.parameters()))
    with pytest.raises(
        UnsupportedError, match=f"engine=compiled: expected .*SGD, Adam or AdamW, got {got}.*engine=loop"
    ):
        taking.steps(*_batches())


class Cubes(MSELoss):
    """A loss with an op that has no C++ here."""

    def forward(self, y: Tensor, target: Tensor) -> Tensor:
        return torch.erfinv(y - target).sum()


def test_a_loss_that_it_cannot_write_down_is_one_for_the_loop() -> None:
    net, (x, _) = _net(), _batches()
    taking = engine_for("compiled", net, Cubes(), SGD(net.parameters(), lr=0.1))
    with pytest.raises(UnsupportedError, match=r"no C\+\+ is written down for aten.erfinv.*use engine=loop"):
        taking.steps(x, x[..., :3])


def test_numbers_that_are_too_short_are_for_the_loop() -> None:
    x, target = _batches()
    net = _net(torch.bfloat16)
    taking = engine_for("compiled", net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.1))
    with pytest.raises(UnsupportedError, match=r"torch.bfloat16; use engine=loop"):
        taking.steps(x.bfloat16(), target)


def test_without_a_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    net = _net()
    with pytest.raises(
        UnsupportedError, match=r"expected a C\+\+ compiler, one of no-such-compiler, .*use engine=loop"
    ):
        CompiledEngine(net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.1))


def test_a_compiler_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    net = _net()
    taking = engine_for("compiled", net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.1))
    monkeypatch.setattr("handgrad.engine.cpp._compiler._FLAGS", ("-no-such-flag",))
    with pytest.raises(UnsupportedError, match=r"to compile, and it said: .*no-such-flag.*use engine=loop"):
        taking.steps(*_batches())

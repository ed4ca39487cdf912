"""Every engine takes the same steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import cycle, product

import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from handgrad.engine import ENGINES, Clipping, Loss, UnsupportedError, engine_for
from handgrad.nn import MLP, CrossEntropyLoss, MSELoss
from handgrad.ops._row_blocks import too_large

WITHOUT_TAPE = [name for name in ENGINES if name != "tape"]
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": partial(SGD, lr=0.1),
    "momentum": partial(SGD, lr=0.05, momentum=0.9, weight_decay=0.01, fused=True),
    "Nesterov": partial(SGD, lr=0.05, momentum=0.9, nesterov=True, fused=True),
    "dampening": partial(SGD, lr=0.05, momentum=0.9, dampening=0.5, fused=True),
    "Adam": partial(Adam, lr=0.01, fused=True),
    "AMSGrad": partial(Adam, lr=0.01, amsgrad=True, weight_decay=0.01, fused=True),
    "AdamW": partial(AdamW, lr=0.01, fused=True),
}
LOSSES: dict[str, Callable[[], Loss]] = {
    "cross entropy": CrossEntropyLoss,
    "weighted, smoothed": partial(CrossEntropyLoss, weight=[1, 2, 3], label_smoothing=0.1),
    "chapter": partial(CrossEntropyLoss, reduction="chapter"),
    "squares": MSELoss,
}


def _batches(steps: int, dtype: torch.dtype = torch.float64, values: bool = False) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    x = torch.randn(steps, 16, 5, dtype=dtype)
    return x, x[..., :3].sin() if values else (x[..., 0] * 3).long() % 3


def _net(activation: str = "relu", dtype: torch.dtype = torch.float64) -> MLP:
    torch.manual_seed(0)
    return MLP(5, [8, 7], 3, activation, dtype=dtype)


def _numbers(net: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(net.parameters()).detach()


def _watch(net: MLP) -> None:
    net.layers[1].register_forward_hook(lambda *_: None)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("engine", ENGINES)
def test_steps_are_those_of_torch(engine: str, activation: str) -> None:
    ours, theirs = _net(activation), _net(activation).to_torch()
    optimizer, expected = SGD(theirs.parameters(), lr=0.1), []
    for x, target in zip(*_batches(40), strict=True):
        optimizer.zero_grad()
        loss = functional.cross_entropy(theirs(x), target)
        loss.backward()
        optimizer.step()
        expected.append(loss.detach())
    losses = engine_for(engine, ours, CrossEntropyLoss(), SGD(ours.parameters(), lr=0.1)).steps(*_batches(40))
    torch.testing.assert_close(losses, torch.stack(expected), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(_numbers(ours), _numbers(theirs), rtol=1e-11, atol=1e-12)


CLIPPINGS = [None, Clipping(0.3), Clipping(0.02, "value")]
MEETINGS = [("loop", *meeting) for meeting in product(OPTIMIZERS, LOSSES, CLIPPINGS)] + [
    ("compiled", optimizer, loss, clipping)  # a second each: every optimizer, loss and clipping, but not each with each
    for optimizer, loss, clipping in zip(OPTIMIZERS, cycle(LOSSES), cycle(CLIPPINGS), strict=False)
]


@pytest.mark.parametrize(("engine", "optimizer", "loss", "clipping"), MEETINGS)
def test_an_engine_without_a_tape_takes_the_steps_of_the_tape(
    engine: str, optimizer: str, loss: str, clipping: Clipping | None
) -> None:
    x, target = _batches(12, values=loss == "squares")
    trained = {}
    for name in (engine, "tape"):
        net = _net("tanh")
        algorithm = OPTIMIZERS[optimizer](net.parameters())
        taking = engine_for(name, net, LOSSES[loss](), algorithm, clipping)
        trained[name] = torch.cat([taking.steps(x, target), taking.steps(x[:5, :9], target[:5, :9]), _numbers(net)])
    torch.testing.assert_close(trained[engine], trained["tape"], rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-11)])
@pytest.mark.parametrize("optimizer", ["SGD", "AMSGrad"])
@pytest.mark.parametrize("engine", WITHOUT_TAPE)
def test_large_layers_and_batches_learn_the_same(
    engine: str, optimizer: str, dtype: torch.dtype, tolerance: float
) -> None:
    """Large: gradients come in strips or blocks, hidden layers are computed twice, and batches are cut into pieces."""
    torch.manual_seed(1)
    x = torch.randn(3, 2100, 300, dtype=dtype)
    target = (x[..., 0] * 3).long() % 3
    trained = []
    for name in (engine, "tape"):
        torch.manual_seed(0)
        net = MLP(300, [260, 530], 3, "sigmoid", dtype=dtype)
        losses = engine_for(name, net, CrossEntropyLoss(), OPTIMIZERS[optimizer](net.parameters())).steps(x, target)
        trained.append(torch.cat([losses, _numbers(net)]))
    torch.testing.assert_close(*trained, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("optimizer", ["Adam", "momentum"])
def test_the_loop_is_the_tape_bit_by_bit_over_1000_steps_on_digits(optimizer: str) -> None:
    assert torch.equal(*(_trained_on_digits(engine, OPTIMIZERS[optimizer]) for engine in ("loop", "tape")))


@pytest.mark.parametrize("engine", WITHOUT_TAPE)
def test_descent_strays_from_the_tape_by_rounding_alone(engine: str) -> None:
    """Each of 1000 updates of a weight may round differently, by half a unit in its last place; more would be an error."""
    ours, tape = (_trained_on_digits(name, OPTIMIZERS["SGD"]) for name in (engine, "tape"))
    unit = torch.finfo(torch.float32).eps * tape.abs().max()
    assert (ours - tape).abs().max() < 1000 * unit


def _trained_on_digits(engine: str, optimizer: Callable[..., Optimizer]) -> Tensor:
    rows, classes = load_digits(return_X_y=True)
    x, target = torch.from_numpy(rows / 16).float(), torch.from_numpy(classes)
    torch.manual_seed(0)
    net = MLP(64, [32], 10)
    order = torch.stack([torch.randperm(len(x))[:32] for _ in range(1000)])
    taking = engine_for(engine, net, CrossEntropyLoss(), optimizer(net.parameters()))
    losses = torch.cat([taking.steps(x[part], target[part]) for part in order.split(50)])
    assert losses[-50:].mean() < 0.4 < losses[:50].mean()
    return _numbers(net)


@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_are_there_for_any_optimizer(engine: str) -> None:
    net, x, target = _net(), *_batches(1)
    loss = engine_for(engine, net, CrossEntropyLoss(), RMSprop(net.parameters())).gradients(x[0], target[0])
    expected = functional.cross_entropy(net(x[0]), target[0])
    torch.testing.assert_close(loss, expected)
    for parameter, gradient in zip(
        net.parameters(), torch.autograd.grad(expected, list(net.parameters())), strict=True
    ):
        torch.testing.assert_close(parameter.grad, gradient)


@pytest.mark.parametrize("optimizer", [RMSprop, partial(Adam, foreach=True), partial(SGD, lr=0.1, maximize=True)])
def test_the_loop_lets_an_optimizer_that_it_does_not_know_step_itself(optimizer: Callable[..., Optimizer]) -> None:
    trained = []
    for engine in ("loop", "tape"):
        net = _net()
        engine_for(engine, net, CrossEntropyLoss(), optimizer(net.parameters())).steps(*_batches(5))
        trained.append(_numbers(net))
    assert torch.equal(*trained)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_scheduler_changes_the_rate_between_steps(engine: str) -> None:
    x, target = _batches(6)
    whole = _net()
    optimizer = SGD(whole.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    taking = engine_for(engine, whole, CrossEntropyLoss(), optimizer)
    for part in (slice(0, 3), slice(3, 6)):
        taking.steps(x[part], target[part])
        scheduler.step()
    parts = _net()
    for rate, part in ((0.1, slice(0, 3)), (0.05, slice(3, 6))):
        engine_for("tape", parts, CrossEntropyLoss(), SGD(parts.parameters(), lr=rate)).steps(x[part], target[part])
    torch.testing.assert_close(_numbers(whole), _numbers(parts), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_groups_of_parameters_learn_at_their_own_rates(engine: str) -> None:
    net, still = _net(), _net().layers[0].state_dict()
    groups = [{"params": net.layers[0].parameters(), "lr": 0.0}, {"params": net.layers[1:].parameters()}]
    engine_for(engine, net, CrossEntropyLoss(), SGD(groups, lr=0.1)).steps(*_batches(3))
    assert all(torch.equal(value, still[name]) for name, value in net.layers[0].state_dict().items())
    assert not torch.equal(_numbers(net.layers[1]), _numbers(_net().layers[1]))


def test_the_loop_sees_that_the_groups_of_parameters_are_others_now() -> None:
    x, target = _batches(4)
    trained = []
    for engine in ("loop", "tape"):
        net = _net()
        optimizer = SGD(net.layers[0].parameters(), lr=0.1)
        taking = engine_for(engine, net, CrossEntropyLoss(), optimizer)
        taking.steps(x[:2], target[:2])
        optimizer.add_param_group({"params": [*net.layers[1].parameters()], "lr": 0.3})
        taking.steps(x[2:], target[2:])
        trained.append(_numbers(net))
    torch.testing.assert_close(*trained, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", ["momentum", "Adam"])
def test_the_state_is_in_the_optimizer_and_another_engine_goes_on_with_it(engine: str, optimizer: str) -> None:
    x, target = _batches(8)
    net, whole = _net(), _net()
    algorithm = OPTIMIZERS[optimizer](net.parameters())
    engine_for(engine, net, CrossEntropyLoss(), algorithm).steps(x[:4], target[:4])
    resumed = OPTIMIZERS[optimizer](net.parameters())
    resumed.load_state_dict(algorithm.state_dict())
    engine_for("tape", net, CrossEntropyLoss(), resumed).steps(x[4:], target[4:])
    engine_for("tape", whole, CrossEntropyLoss(), OPTIMIZERS[optimizer](whole.parameters())).steps(x, target)
    torch.testing.assert_close(_numbers(net), _numbers(whole), rtol=1e-12, atol=1e-13)


def test_the_loop_sees_that_weights_and_class_weights_are_others_now() -> None:
    x, target = _batches(2)
    net, loss = _net(), CrossEntropyLoss(weight=[1, 1, 1])
    taking = engine_for("loop", net, loss, SGD(net.parameters(), lr=0.1))
    taking.steps(x, target)
    net.load_state_dict(_net("relu").state_dict())
    net.layers[0].weight.data = net.layers[0].weight.data.clone()
    loss.weight = torch.tensor([3.0, 1.0, 2.0])
    expected = functional.cross_entropy(net(x[0]), target[0], weight=loss.weight.double())
    torch.testing.assert_close(taking.steps(x[:1], target[:1])[0], expected)


def test_the_loop_does_not_mind_how_batches_lie_in_memory() -> None:
    x, target = _batches(4)
    trained = []
    for rows in (x, x.transpose(1, 2).contiguous().transpose(1, 2)):
        net = _net()
        engine_for("loop", net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.1)).steps(rows, target)
        trained.append(_numbers(net))
    assert torch.equal(*trained)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_hidden_values_that_are_computed_again_are_the_same(activation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gradients = []
    for much in (1, 2**20):
        monkeypatch.setattr("handgrad.engine._backpropagation._MUCH", much)
        net, x, target = _net(activation), *_batches(1)
        engine_for("loop", net, CrossEntropyLoss(), SGD(net.parameters())).gradients(x[0], target[0])
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in net.parameters()]))
    assert torch.equal(*gradients)


def test_large_products_take_the_way_of_oned_nn_in_the_loop_too() -> None:
    torch.manual_seed(0)
    x, target = torch.randn(3, 512, 300), torch.randint(0, 5, (3, 512))
    trained = []
    for engine in ("loop", "tape"):
        torch.manual_seed(0)
        net = MLP(300, [200], 5)
        losses = engine_for(engine, net, CrossEntropyLoss(), SGD(net.parameters(), lr=0.1)).steps(x, target)
        trained.append(torch.cat([losses, _numbers(net)]))
    torch.testing.assert_close(*trained, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("engine", WITHOUT_TAPE)
def test_logits_that_are_gone_through_in_blocks_teach_the_same(engine: str) -> None:
    rows = 3 * 2**19 * torch.get_num_threads() // 5000
    assert too_large(torch.empty(rows, 5000))
    x, target = torch.randn(2, rows, 3), torch.randint(5000, (2, rows))
    after = []
    for name in ("tape", engine):
        torch.manual_seed(0)
        net = MLP(3, [], 5000)
        engine_for(name, net, CrossEntropyLoss(), SGD(net.parameters(), lr=1.0)).steps(x, target)
        after.append(_numbers(net))
    torch.testing.assert_close(after[1], after[0])


@pytest.mark.parametrize("engine", WITHOUT_TAPE)
def test_an_engine_without_a_tape_names_the_one_with_it(engine: str) -> None:
    net = nn.Sequential(nn.Linear(2, 1))
    with pytest.raises(UnsupportedError, match=f"engine={engine}: expected a handgrad.nn.MLP.*use engine=tape"):
        engine_for(engine, net, MSELoss(), SGD(net.parameters()))


@pytest.mark.parametrize("engine", WITHOUT_TAPE)
def test_an_engine_without_a_tape_refuses_what_it_would_not_do(engine: str) -> None:
    def refused(net: MLP, loss: Loss, reason: str) -> None:
        with pytest.raises(UnsupportedError, match=f"engine={engine}: expected .*{reason}.*use engine=tape"):
            engine_for(engine, net, loss, SGD(net.parameters()))

    frozen, hooked, watched = _net(), _net(), _net()
    frozen.layers[0].weight.requires_grad_(False)
    hooked.layers[1].register_forward_hook(lambda *_: None)
    watched.layers[2].bias.register_hook(lambda gradient: None)
    refused(frozen, CrossEntropyLoss(), "frozen ones: layers.0.weight")
    refused(hooked, CrossEntropyLoss(), "hooks on 'layers.1'")
    refused(watched, CrossEntropyLoss(), "hooks on 'layers.2'")
    refused(_net(), nn.CrossEntropyLoss(), "a method gradient.*got CrossEntropyLoss")


@pytest.mark.parametrize(
    "change", [lambda net: net.layers[0].weight.requires_grad_(False), _watch], ids=["frozen", "hooked"]
)
@pytest.mark.parametrize("engine", WITHOUT_TAPE)
def test_an_engine_without_a_tape_sees_what_has_changed_since(engine: str, change: Callable[[MLP], object]) -> None:
    net = _net()
    made = engine_for(engine, net, CrossEntropyLoss(), SGD(net.parameters()))
    made.steps(*_batches(2))
    change(net)
    before = _numbers(net)
    with pytest.raises(UnsupportedError, match=f"engine={engine}: expected .*use engine=tape"):
        made.steps(*_batches(2))
    with pytest.raises(UnsupportedError, match="use engine=tape"):
        made.gradients(*(own[0] for own in _batches(2)))
    torch.testing.assert_close(_numbers(net), before, rtol=0, atol=0)


def test_an_unknown_engine_is_answered_with_the_known_ones() -> None:
    net = _net()
    with pytest.raises(ValueError, match=r"engine must be one of tape, loop.*got 'scan'"):
        engine_for("scan", net, MSELoss(), SGD(net.parameters()))

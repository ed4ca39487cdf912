"""The same on a CUDA GPU, where there is one: epochs beside torch's loop, and how near bf16 comes to the rate of the products."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.contenders import COMPILED, EAGER, engines
from benchmarks.course import Course
from benchmarks.epochs import handgrad
from benchmarks.goals import Goal, goal_table, with_summary
from benchmarks.problem import Network
from benchmarks.report import Figure, Result, Table
from benchmarks.timing import Effort, in_turn
from handgrad.engine import UnsupportedError, engine_for
from handgrad.nn import CrossEntropyLoss

COURSE = Course((784, 256, 10), 128, 65_536, 3)
LARGE, STEPS = Network((1024, 4096, 4096, 10), 512), 50
PRODUCT = "the largest product"
OURS = {"handgrad": "auto", "handgrad, engine=compiled": "compiled"}
PEERS, SHARE = {EAGER: 10.0, COMPILED: 1.5}, 0.7
"""How many times as fast ours is to be, and how much of the products' rate it is to reach."""


def run(quick: bool) -> Result:
    """Measure on the first GPU, or say that there is none."""
    if not torch.cuda.is_available():
        line = "skipped: torch finds no CUDA GPU on this machine"
        return Result({"skipped": line}, [Table("On a GPU", [line], [])])
    return measure(torch.device("cuda"), COURSE, LARGE, STEPS, quick)


def measure(device: torch.device, course: Course, large: Network, steps: int, quick: bool) -> Result:
    """Epochs of ``course`` in float32, and steps of ``large`` in bf16, on a device."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "this processor"
    epochs = _epochs(device, course, 1 if quick else 5)
    share = _share_of_products(device, large, steps, quick)
    goals = [
        *(
            Goal(f"{peer} / {own}", course.name, _ratio(epochs, peer, own, least))
            for own in OURS
            if own in epochs
            for peer, least in PEERS.items()
        ),
        *(
            Goal(f"engine={own}: rate / the products' rate", large.name, Figure(s, least=SHARE))
            for own, s in share.items()
        ),
    ]
    rows = [[who, *Figure([1e6 * s for s in seconds]).cells(1)[:2]] for who, seconds in epochs.items()]
    note = (
        f"{course.name}, float32; handgrad through Trainer.fit with everything on, the others without; reduce-overhead"
    )
    table = Table(f"An epoch on {name}, µs a step", ["", "µs a step", "middle half"], rows, note)
    promised = goal_table(goals, "bf16, plain SGD; the products: the largest one of the network, alone")
    record = {"device": name, "seconds_a_step": epochs, "goals": [goal.record() for goal in goals]}
    return Result(record, [table, promised], [with_summary(table, goals)])


def _ratio(epochs: dict[str, list[float]], over: str, own: str, least: float) -> Figure | None:
    if over not in epochs:
        return None
    return Figure([a / b for a, b in zip(epochs[over], epochs[own], strict=True)], least=least)


def _epochs(device: torch.device, course: Course, repeats: int) -> dict[str, list[float]]:
    """Seconds of a step of whole epochs, one for each repeat."""
    data = course.data().prepare()
    batches = [part.to(device).split(course.batch) for part in data.train]
    gpu = device.type == "cuda"
    ours = {name: engine for name, engine in OURS.items() if gpu or engine == "auto"}
    loops = {name: _loop(device, course, batches, name == COMPILED) for name in PEERS if gpu or name != COMPILED}
    measured: dict[str, list[float]] = {name: [] for name in (*ours, *loops)}
    for _ in range(repeats):
        for name, engine in ours.items():
            seconds = handgrad(course, data, "gpu" if gpu else "cpu", engine).seconds
            measured[name].append(min(seconds) / course.steps)
        for name, loop in loops.items():
            loop()  # nobody's first epoch counts
            measured[name].append(min(_seconds(device, loop) for _ in seconds) / course.steps)
    return measured


def _loop(device: torch.device, course: Course, batches: Any, compiled: bool) -> Callable[[], None]:
    net, criterion = course.torch_net().to(device), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), course.learning_rate)

    def loss_of(x: Tensor, target: Tensor) -> Tensor:
        loss: Tensor = criterion(net(x), target)
        return loss

    loss = torch.compile(loss_of, mode="reduce-overhead") if compiled else loss_of

    def epoch() -> None:
        for x, target in zip(*batches, strict=True):
            optimizer.zero_grad()
            loss(x, target).backward()
            optimizer.step()

    return epoch


def _share_of_products(device: torch.device, large: Network, steps: int, quick: bool) -> dict[str, list[float]]:
    """The operations a second of each engine's steps in bf16, over those of the largest product alone."""
    a = torch.randn(large.batch, large.sizes[1], device=device, dtype=torch.bfloat16)
    b = torch.randn(large.sizes[1], large.sizes[2], device=device, dtype=torch.bfloat16)
    calls: dict[str, Callable[[], Any]] = {PRODUCT: lambda: [a @ b for _ in range(steps)]}
    for name in engines(quick):
        with suppress(UnsupportedError):
            calls[name] = _steps(name, device, large, steps)
    timed = in_turn(
        {name: partial(_seconds, device, call) for name, call in calls.items()}, Effort(0, 3 if quick else 9)
    )
    operations = {name: _operations(large) for name in calls} | {PRODUCT: 2 * a.numel() * b.shape[1]}
    rates = {name: [operations[name] / turn.seconds for turn in turns] for name, turns in timed.items()}
    product = rates.pop(PRODUCT)
    return {name: [a / b for a, b in zip(own, product, strict=True)] for name, own in rates.items()}


def _steps(name: str, device: torch.device, large: Network, steps: int) -> Callable[[], Any]:
    x = torch.randn(steps, large.batch, large.sizes[0], device=device, dtype=torch.bfloat16)
    target = torch.randint(large.sizes[-1], (steps, large.batch), device=device)
    net = large.net().to(device, torch.bfloat16)
    engine = engine_for(name, net, CrossEntropyLoss(), torch.optim.SGD(net.parameters(), large.learning_rate))
    return lambda: engine.steps(x, target)


def _operations(network: Network) -> int:
    """Multiplications and additions of a step: each weight forward, for its gradient and, but for the first layer, backward."""
    weights = [inputs * outputs for inputs, outputs in pairwise(network.sizes)]
    return 2 * network.batch * (3 * sum(weights) - weights[0])


def _seconds(device: torch.device, call: Callable[[], Any]) -> float:
    _wait(device)  # for what it was asked before
    start = time.perf_counter()
    call()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)

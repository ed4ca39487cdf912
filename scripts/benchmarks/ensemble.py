"""What a step of an ensemble costs beside a step of each of its members, trained one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer

from benchmarks.report import Figure, Result, Table
from benchmarks.timing import Effort, pairs
from handgrad.engine import Engine, LoopEngine
from handgrad.nn import MLP, CrossEntropyLoss, Ensemble, EnsembleLoss

MEMBERS = 32
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"SGD": partial(SGD, lr=0.01), "Adam": partial(Adam, lr=1e-3)}
TOLERANCE = 1e-4  # of a weight after the first steps: beyond, they are not the same networks


class Problem(NamedTuple):
    """Networks of one shape, the batch that all learn from, and how many steps a call takes."""

    sizes: tuple[int, ...]
    batch: int
    steps: int

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.batch}"

    @property
    def shape(self) -> tuple[int, list[int], int]:
        """What a network is built with."""
        first, *hidden, last = self.sizes
        return first, hidden, last

    def batches(self) -> tuple[Tensor, Tensor]:
        """Rows and classes for each step."""
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(self.steps, self.batch, self.sizes[0], generator=generator)
        return x, torch.randint(self.sizes[-1], (self.steps, self.batch), generator=generator)


PROBLEMS = (
    Problem((4, 16, 2), 32, 50),
    Problem((13, 64, 64, 3), 64, 20),
    Problem((64, 64, 10), 64, 20),
    Problem((784, 256, 10), 128, 2),
)


class Measured(NamedTuple):
    """Seconds of a step of all members, repeat by repeat."""

    together: list[float]
    alone: list[float]

    @property
    def times(self) -> Figure:
        """How many times faster the members are together."""
        return Figure([alone / together for together, alone in zip(*self, strict=True)])


def run(quick: bool) -> Result:
    """Time every problem with every optimizer."""
    effort = Effort(0.5, 3) if quick else Effort(10.0, 7)
    measured = {
        (str(problem), name): measure(problem, make, effort)
        for problem in PROBLEMS
        for name, make in OPTIMIZERS.items()
    }
    record = {f"{problem}, {name}": own.times.record() for (problem, name), own in measured.items()}
    return Result({"members": MEMBERS, "times_faster": record}, [_table(measured)])


def measure(problem: Problem, make: Callable[..., Optimizer], effort: Effort) -> Measured:
    """Time steps of an ensemble and of its members, in turn."""
    batches = problem.batches()
    ensemble = Ensemble(*problem.shape, members=MEMBERS, seed=0)
    members = [ensemble.member(index) for index in range(MEMBERS)]
    together = _engine(ensemble, EnsembleLoss(CrossEntropyLoss()), make)
    alone = [_engine(member, CrossEntropyLoss(), make) for member in members]
    together.steps(*batches)
    for engine in alone:
        engine.steps(*batches)
    _require_agreement(ensemble, members)
    times = pairs(lambda: together.steps(*batches), lambda: [engine.steps(*batches) for engine in alone], effort)
    return Measured([pair.ours / problem.steps for pair in times], [pair.native / problem.steps for pair in times])


def _engine(net: nn.Module, loss: Any, make: Callable[..., Optimizer]) -> Engine:
    return LoopEngine(net, loss, make(net.parameters()))


def _require_agreement(ensemble: Ensemble, members: list[MLP]) -> None:
    """Two things are only worth comparing if they compute the same."""
    for index, member in enumerate(members):
        own = dict(ensemble.member(index).named_parameters())
        for name, weight in member.named_parameters():
            torch.testing.assert_close(own[name], weight, rtol=TOLERANCE, atol=TOLERANCE)


def _table(measured: dict[tuple[str, str], Measured]) -> Table:
    rows = []
    for (problem, name), own in measured.items():
        microseconds = [f"{Figure(seconds).median * 1e6:.0f}" for seconds in own]
        rows.append([problem, name, *microseconds, *own.times.cells(1)[:2]])
    return Table(
        f"A step of {MEMBERS} networks, µs: an ensemble beside its members one after the other, engine=loop",
        ["network, batch", "optimizer", "ensemble", "members", "times faster", "middle half"],
        rows,
        "medians; times faster: of ratios of paired repeats",
    )

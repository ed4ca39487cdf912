"""The pieces of work whose memory is measured: training steps of each contender, and a cross entropy.

``python -m benchmarks.memory_work NAME QUICK REPEATS THREADS`` measures one contender, in a process of its own, and prints JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.allocator import return_freed_memory
from benchmarks.resident import growth_at_peak
from handgrad.engine import engine_for
from handgrad.nn import MLP, CrossEntropyLoss
from handgrad.ops import cross_entropy

NATIVE = "torch.nn"


class Case(NamedTuple):
    """A network whose steps are measured; or, without an activation, logits of so many classes."""

    sizes: tuple[int, ...]
    batch: int
    activation: str

    @property
    def name(self) -> str:
        """For a table."""
        if not self.activation:
            return f"cross entropy, {self.batch} × {self.sizes[0]:,}"
        *_, last = sizes = self.sizes
        inner = f"{len(sizes) - 2} × {sizes[1]}" if len(sizes) > 5 else "-".join(map(str, sizes[1:-1]))
        return f"{sizes[0]}-{inner}-{last} {self.activation}, {self.batch}"


CASES = (
    Case((1024, 4096, 4096, 10), 512, "relu"),
    Case((512, *[512] * 20, 10), 4096, "sigmoid"),
    Case((50_000,), 512, ""),
)
QUICK = (
    Case((512, 1024, 1024, 10), 512, "relu"),
    Case((256, *[256] * 8, 10), 2048, "sigmoid"),
    Case((50_000,), 128, ""),
)


def measure(name: str, cases: tuple[Case, ...], repeats: int) -> dict[str, list[int]]:
    """The peaks of one contender, in bytes; this process should do nothing else.

    Args:
        name: an engine, or torch.nn.
        cases: what it is measured on.
        repeats: how often each; one more comes before, which takes what is taken once and for all.
    """
    return_freed_memory()
    return {case.name: [growth_at_peak(work(name, case)) for _ in range(repeats + 1)][1:] for case in cases}


def work(name: str, case: Case) -> Callable[[], object]:
    """Two steps of plain SGD on a network that is there already, or forward and backward of a cross entropy."""
    if not case.activation:
        return cross_entropy_call(functional.cross_entropy if name == NATIVE else cross_entropy, case)
    torch.manual_seed(0)
    net = MLP(case.sizes[0], case.sizes[1:-1], case.sizes[-1], case.activation)
    x, target = torch.randn(2, case.batch, case.sizes[0]), torch.randint(case.sizes[-1], (2, case.batch))
    if name == NATIVE:
        return _torch_steps(net.to_torch(), x, target)
    return _engine_steps(name, net, x, target)


def _engine_steps(name: str, net: MLP, x: Tensor, target: Tensor) -> Callable[[], object]:
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    return lambda: engine_for(name, net, CrossEntropyLoss(), optimizer).steps(x, target)


def _torch_steps(net: nn.Module, x: Tensor, target: Tensor) -> Callable[[], object]:
    optimizer = torch.optim.SGD(net.parameters(), 0.01)

    def steps() -> None:
        for batch, classes in zip(x, target, strict=True):
            optimizer.zero_grad()
            functional.cross_entropy(net(batch), classes).backward()
            optimizer.step()

    return steps


def cross_entropy_call(op: Callable[[Tensor, Tensor], Tensor], case: Case) -> Callable[[], object]:
    """Forward and backward of a cross entropy."""
    logits = torch.randn(case.batch, case.sizes[0], requires_grad=True)
    target = torch.randint(case.sizes[0], (case.batch,))
    return lambda: torch.autograd.grad(op(logits, target), logits)


def _main(name: str, quick: str, repeats: str, threads: str) -> None:
    torch.set_num_threads(int(threads))
    print(json.dumps(measure(name, QUICK if int(quick) else CASES, int(repeats))))


if __name__ == "__main__":
    arguments: Any = sys.argv[1:]
    _main(*arguments)

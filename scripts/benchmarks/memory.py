"""What a training step takes of memory at its peak, and a cross entropy over many classes: ours beside torch.nn.

``python -m benchmarks.memory NAME QUICK THREADS`` measures one contender, in a process of its own, and prints it as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.allocator import keep_freed_memory, return_freed_memory
from benchmarks.goals import Goal, goal_table
from benchmarks.machine import ROOT
from benchmarks.report import Figure, Result, Table
from benchmarks.resident import can_be_measured, growth_at_peak
from benchmarks.timing import Effort, pairs
from handgrad.engine import ENGINES, engine_for
from handgrad.nn import MLP, CrossEntropyLoss
from handgrad.ops import cross_entropy

NATIVE, OURS = "torch.nn", "loop"
PEAK_LIMIT, TIME_LIMIT = 0.6, 1.0  # of the cross entropy, over torch's
MIB = 2**20


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


def run(quick: bool) -> Result:
    """Measure the peaks, each contender in its own process, and the time of the cross entropy; a quick run knows two."""
    cases, repeats = QUICK if quick else CASES, 1 if quick else 3
    names = [NATIVE, *([OURS] if quick else ENGINES)]
    peaks: dict[str, dict[str, list[int]]] = {}
    if can_be_measured():
        peaks = {name: _apart(name, quick, repeats) for name in names}
    ratio = _time_ratio(cases[-1], Effort(0.5, 3) if quick else Effort(10.0, 9))
    goals = [*_goals(peaks, cases), Goal("time, ours / torch's", cases[-1].name, Figure(ratio, TIME_LIMIT))]
    promised = goal_table(goals, "peaks over torch.nn's; times of forward and backward, medians of ratios by repeats")
    tables = [_table(peaks, cases), promised]
    record = {"bytes": peaks, "goals": [goal.record() for goal in goals]}
    return Result(record, tables, tables)


def measure(name: str, cases: tuple[Case, ...], repeats: int) -> dict[str, list[int]]:
    """The peaks of one contender, in bytes; this process should do nothing else.

    Args:
        name: an engine, or torch.nn.
        cases: what it is measured on.
        repeats: how often each; one more comes before, which takes what is taken once and for all.
    """
    return_freed_memory()
    return {case.name: [growth_at_peak(_work(name, case)) for _ in range(repeats + 1)][1:] for case in cases}


def _work(name: str, case: Case) -> Callable[[], object]:
    if not case.activation:
        return _cross_entropy(functional.cross_entropy if name == NATIVE else cross_entropy, case)
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


def _cross_entropy(op: Callable[[Tensor, Tensor], Tensor], case: Case) -> Callable[[], object]:
    logits = torch.randn(case.batch, case.sizes[0], requires_grad=True)
    target = torch.randint(case.sizes[0], (case.batch,))
    return lambda: torch.autograd.grad(op(logits, target), logits)


def _time_ratio(case: Case, effort: Effort) -> list[float]:
    keep_freed_memory()
    torch.manual_seed(0)
    ours, native = (_cross_entropy(op, case) for op in (cross_entropy, functional.cross_entropy))
    return [own / theirs for own, theirs in pairs(ours, native, effort)]


def _apart(name: str, quick: bool, repeats: int) -> dict[str, list[int]]:
    line = [
        sys.executable,
        "-m",
        "benchmarks.memory",
        name,
        str(int(quick)),
        str(repeats),
        str(torch.get_num_threads()),
    ]
    answer = subprocess.run(line, cwd=ROOT / "scripts", capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"{' '.join(line)} ended with {answer.returncode}:\n{answer.stderr}")
    peaks: dict[str, list[int]] = json.loads(answer.stdout.splitlines()[-1])
    return peaks


def _goals(peaks: dict[str, dict[str, list[int]]], cases: tuple[Case, ...]) -> list[Goal]:
    """Goal e, but for the time."""
    goals = []
    for case in cases:
        limit = 1.0 if case.activation else PEAK_LIMIT
        what = "peak, loop / torch.nn" if case.activation else "peak, ours / torch's"
        goals.append(Goal(what, case.name, Figure(_over(peaks, case), limit) if peaks else None))
    return goals


def _over(peaks: dict[str, dict[str, list[int]]], case: Case) -> list[float]:
    own, native = (peaks[side][case.name] for side in (OURS, NATIVE))
    return [a / b for a, b in zip(own, native, strict=True)]


def _table(peaks: dict[str, dict[str, list[int]]], cases: tuple[Case, ...]) -> Table:
    rows = [[_label(name), *(_cell(of_name[case.name]) for case in cases)] for name, of_name in peaks.items()]
    note = (
        "peak growth of the resident memory of a process over network, optimizer and data, over two steps of plain SGD"
    )
    if not peaks:
        note = "not measured: the peak of a process can be reset on Linux only"
    return Table("Memory at the peak of a training step, MiB", ["", *(case.name for case in cases)], rows, note)


def _label(name: str) -> str:
    return name if name == NATIVE else f"engine={name}"


def _cell(values: list[int]) -> str:
    return f"{Figure([value / MIB for value in values]).median:.0f}"


def _main(name: str, quick: str, repeats: str, threads: str) -> None:
    torch.set_num_threads(int(threads))
    print(json.dumps(measure(name, QUICK if int(quick) else CASES, int(repeats))))


if __name__ == "__main__":
    arguments: Any = sys.argv[1:]
    _main(*arguments)

"""suite=memory: the meter shows what is known, and everybody takes the same steps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from benchmarks import cross_entropy_time, memory, memory_work
from benchmarks.apart import apart
from benchmarks.memory_work import Case
from benchmarks.resident import can_be_measured

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
KNOWN = """
import torch
from benchmarks.allocator import return_freed_memory
from benchmarks.resident import growth_at_peak

def work():
    kept, freed = torch.ones(64 * 2**18), torch.ones(16 * 2**18)  # MiB of float32
    del kept
    torch.ones(32 * 2**18)
    torch.empty(512 * 2**18)  # never written

return_freed_memory()
print([growth_at_peak(work) / 2**20 for _ in range(3)][1:])
"""
on_linux = pytest.mark.skipif(not can_be_measured(), reason="the peak of a process can be reset on Linux only")


@on_linux
@pytest.mark.slow
def test_the_peak_is_that_of_tensors_of_known_size() -> None:
    done = subprocess.run([sys.executable, "-c", KNOWN], cwd=SCRIPTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for peak in json.loads(done.stdout):
        assert peak == pytest.approx(64 + 16, abs=1)


@on_linux
@pytest.mark.slow
def test_a_contender_is_measured_in_a_process_of_its_own() -> None:
    peaks = apart("memory_work", "torch.nn", "1", "1")
    relu, sigmoid, classes = (peaks[case.name][0] / memory.MIB for case in memory_work.QUICK)
    weights = 512 * 1024 + 1024 * 1024  # their gradients are there at the end of the step
    assert weights * 4 / memory.MIB <= relu <= 4 * weights * 4 / memory.MIB
    assert sigmoid >= 8 * 2048 * 256 * 4 / memory.MIB  # each layer keeps its output
    assert classes >= 2 * 128 * 50_000 * 4 / memory.MIB  # log probabilities and the gradient


def two_mebibytes(work: Callable[[], object]) -> int:
    work()
    return 2 * memory.MIB


def measured_here(cases: tuple[Case, ...], module: str, name: str, *_: str) -> object:
    """What `apart` returns, without another process."""
    if module == "memory_work":
        return memory_work.measure(name, cases, 1)
    return cross_entropy_time.ratios(quick=True, keep=False)


def test_a_quick_run_tells_all_peaks_and_goals(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = (Case((3, 4, 4, 2), 5, "relu"), Case((3, *[4] * 6, 2), 5, "sigmoid"), Case((7,), 5, ""))
    monkeypatch.setattr(memory, "QUICK", cases)
    monkeypatch.setattr(memory, "can_be_measured", lambda: True)
    monkeypatch.setattr(cross_entropy_time, "QUICK", cases)
    monkeypatch.setattr(memory_work, "return_freed_memory", lambda: None)
    monkeypatch.setattr(memory_work, "growth_at_peak", two_mebibytes)
    monkeypatch.setattr(memory, "apart", lambda *arguments: measured_here(cases, *arguments))
    table, promised = memory.run(quick=True).tables
    assert table.columns == ["", "3-4-4-2 relu, 5", "3-6 × 4-2 sigmoid, 5", "cross entropy, 5 × 7"]
    assert [row for row in table.rows if row[0] in ("torch.nn", "engine=loop")] == [
        ["torch.nn", "2", "2", "2"],
        ["engine=loop", "2", "2", "2"],
    ]
    assert [row[2] for row in promised.rows][:3] == ["1.00"] * 3
    assert [row[4] for row in promised.rows] == ["≤ 1", "≤ 1", "≤ 0.6", "≤ 1", "≤ 1"]


def test_without_a_meter_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (memory, cross_entropy_time):
        monkeypatch.setattr(module, "QUICK", (Case((3, 4, 2), 5, "relu"), Case((7,), 5, "")))
    monkeypatch.setattr(memory, "can_be_measured", lambda: False)
    monkeypatch.setattr(memory, "apart", lambda *arguments: measured_here((), *arguments))
    table, promised = memory.run(quick=True).tables
    assert table.note.startswith("not measured")
    assert [row[2] for row in promised.rows][:2] == ["not measured"] * 2


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_the_network_beside_ours_takes_the_same_steps(activation: str) -> None:
    from handgrad.nn import MLP

    torch.manual_seed(0)
    net = MLP(3, [4, 4], 2, activation)
    x, target = torch.randn(2, 5, 3), torch.randint(2, (2, 5))
    twin = net.to_torch()
    memory_work._torch_steps(twin, x, target)()
    memory_work._engine_steps("loop", net, x, target)()
    torch.testing.assert_close([*net.parameters()], [*twin.parameters()])


def test_a_process_that_fails_is_told_with_its_error() -> None:
    with pytest.raises(RuntimeError, match=r"No module named benchmarks\.nothing"):
        apart("nothing")

"""How much memory a piece of work takes at its peak: what this process holds more than before, as Linux counts it.

Every library is counted alike, with what MKL, oneDNN and XLA take for themselves, which no hook of torch sees. Pages that were
allocated but never written are not: they are not there. A call beforehand takes what is taken once and for all.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from benchmarks.allocator import trim

_OF_PROCESS = Path("/proc/self")
_RESET_PEAK = "5"  # man 5 proc, clear_refs


def can_be_measured() -> bool:
    """Whether the system lets a process forget its peak; Linux does."""
    return (_OF_PROCESS / "clear_refs").exists()


def growth_at_peak(work: Callable[[], object]) -> int:
    """Bytes that this process holds at the peak of ``work`` and did not before; in a process that does nothing else."""
    gc.collect()
    trim()
    (_OF_PROCESS / "clear_refs").write_text(_RESET_PEAK)
    before = _bytes("VmRSS")
    work()
    return _bytes("VmHWM") - before


def _bytes(name: str) -> int:
    lines = (_OF_PROCESS / "status").read_text().splitlines()
    kibibytes = next(line for line in lines if line.startswith(f"{name}:")).split()[1]
    return int(kibibytes) * 1024

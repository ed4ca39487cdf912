"""How long a cross entropy over many classes takes beside torch's.

``python -m benchmarks.cross_entropy_time QUICK KEEP THREADS`` measures it in a process of its own, and prints the ratios as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from torch.nn import functional

from benchmarks.allocator import keep_freed_memory
from benchmarks.memory_work import CASES, QUICK, cross_entropy_call
from benchmarks.timing import Effort, pairs
from handgrad.ops import cross_entropy


def ratios(quick: bool, keep: bool) -> list[float]:
    """Forward and backward, ours over torch's, by repeats.

    Args:
        quick: fewer rows, fewer repeats.
        keep: let the allocator keep what is freed, which takes the cost of new pages out; without, as in anybody's process.
    """
    if keep:
        keep_freed_memory()
    case, effort = (QUICK[-1], Effort(0.5, 3)) if quick else (CASES[-1], Effort(10.0, 9))
    torch.manual_seed(0)
    ours, native = (cross_entropy_call(op, case) for op in (cross_entropy, functional.cross_entropy))
    return [own / theirs for own, theirs in pairs(ours, native, effort)]


def _main(quick: str, keep: str, threads: str) -> None:
    torch.set_num_threads(int(threads))
    print(json.dumps(ratios(bool(int(quick)), bool(int(keep)))))


if __name__ == "__main__":
    arguments: Any = sys.argv[1:]
    _main(*arguments)

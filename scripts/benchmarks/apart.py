"""Measuring in a process of its own: what a module prints there."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import torch

from benchmarks.machine import ROOT


def apart(module: str, *arguments: str) -> Any:
    """Run ``python -m benchmarks.<module> <arguments> <threads>``; return what its last line says in JSON.

    Raises:
        RuntimeError: it failed; the message has its traceback.
    """
    line = [sys.executable, "-m", f"benchmarks.{module}", *arguments, str(torch.get_num_threads())]
    answer = subprocess.run(line, cwd=ROOT / "scripts", capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"{' '.join(line)} ended with {answer.returncode}:\n{answer.stderr}")
    return json.loads(answer.stdout.splitlines()[-1])

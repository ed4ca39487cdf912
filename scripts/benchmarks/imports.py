"""What an import costs, and how long the scripts take, as processes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import ROOT
from benchmarks.report import Figure, Result, Table

IMPORT_LIMIT, ANSWER_LIMIT, TRAIN_LIMIT = 0.3, 1.0, 12.0

ANSWERS = {
    "train.py --help": ["train.py", "--help"],
    "train.py --cfg job": ["train.py", "--cfg", "job"],
    "train.py optimzer.lr=1 (misspelt)": ["train.py", "optimzer.lr=1"],
    "predict.py --help": ["predict.py", "--help"],
    "bench.py --help": ["bench.py", "--help"],
}


def run(quick: bool) -> Result:
    """Time processes in turn, so that what else the machine does meets all alike; a quick run does not train."""
    repeats = 1 if quick else 9
    _python(["-c", "import torch, handgrad"])  # the files are in memory from here on
    figures = {"import handgrad over import torch": Figure([_import_cost() for _ in range(repeats)], IMPORT_LIMIT)}
    rounds = [{name: _script(line) for name, line in ANSWERS.items()} for _ in range(repeats)]
    figures |= {name: Figure([times[name] for times in rounds], ANSWER_LIMIT) for name in ANSWERS}
    if not quick:
        figures["train.py"] = Figure([_training() for _ in range(3)], TRAIN_LIMIT)
    rows = [[name, *figure.cells(2)] for name, figure in figures.items()]
    table = Table("Processes, seconds of wall time", ["what", "seconds", "middle half", "goal", "met"], rows)
    return Result({name: figure.record() for name, figure in figures.items()}, [table])


def _import_cost() -> float:
    native = _python(["-c", "import torch"])
    return _python(["-c", "import torch, handgrad"]) - native


def _training() -> float:
    """The default training; what it writes vanishes."""
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        return _script(["train.py", f"hydra.run.dir={folder}"])


def _script(line: list[str]) -> float:
    return _python([str(Path("scripts") / line[0]), *line[1:]], may_fail="(misspelt)" not in line)


def _python(arguments: list[str], may_fail: bool = False) -> float:
    start = time.perf_counter()
    answer = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if answer.returncode and not may_fail:
        raise RuntimeError(f"python {' '.join(arguments)} ended with {answer.returncode}:\n{answer.stderr}")
    return seconds

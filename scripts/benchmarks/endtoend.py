"""From the start of a process to 97 % of the digits: imports, data, training and test, ours beside two plain scripts."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from benchmarks.endtoend_scripts import IMPORT, OPTIMIZER, SKLEARN, TORCH
from benchmarks.machine import ROOT
from benchmarks.report import Figure, Result, Table, verdict

TARGET = 0.97
SEEDS, REPEATS = (2, 1, 3), 3
SETTINGS = ["data=digits", "data.batch_size=64", "model.hidden=[256]", "optimizer.lr=0.005", "trainer.max_epochs=10"]
LEAN = ["logger=csv", "callbacks=none"]


class Run(NamedTuple):
    """A process.

    Attributes:
        seconds: of wall time.
        accuracy: on the test split.
    """

    seconds: float
    accuracy: float


Runner = Callable[[int], Run]  # takes the seed


def run(quick: bool) -> Result:
    """Start each in turn, for several seeds; in a quick run once, without those that only explain."""
    runners: dict[str, Runner] = {
        "handgrad: scripts/train.py": lambda seed: _train_script(seed, []),
        "a plain torch script": lambda seed: _plain(TORCH, seed),
        "a scikit-learn script": lambda seed: _plain(SKLEARN, seed),
    }
    explaining: dict[str, Runner] = {
        f"handgrad: scripts/train.py {' '.join(LEAN)}": lambda seed: _train_script(seed, LEAN),
        "import torch, nothing else": lambda seed: _plain(IMPORT, seed),
        "import torch and build an Adam, nothing else": lambda seed: _plain(OPTIMIZER, seed),
    }
    if not quick:
        runners |= explaining
    runs: dict[str, list[Run]] = {name: [] for name in runners}
    for seed in SEEDS[:1] if quick else SEEDS * REPEATS:
        for name, start in runners.items():
            runs[name].append(start(seed))
    table = _table(runs)
    return Result({name: [own._asdict() for own in of_name] for name, of_name in runs.items()}, [table], [table])


def _train_script(seed: int, further: list[str]) -> Run:
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        fixed = [f"seed={seed}", f"num_threads={torch.get_num_threads()}", f"hydra.run.dir={folder}"]
        seconds, _ = _python([str(ROOT / "scripts" / "train.py"), *SETTINGS, *fixed, *further], folder)
        with (Path(folder) / "metrics.csv").open(newline="") as file:
            (accuracy,) = [row["test/accuracy"] for row in csv.DictReader(file) if row["test/accuracy"]]
    return Run(seconds, float(accuracy))


def _plain(source: str, seed: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        script = Path(folder) / "script.py"
        script.write_text(source)
        seconds, printed = _python([str(script), str(seed)], folder)
    return Run(seconds, float(printed.split()[-1]))


def _python(line: list[str], folder: str) -> tuple[float, str]:
    threads = str(torch.get_num_threads())
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    start = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, *line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if answer.returncode:
        raise RuntimeError(f"python {' '.join(line)} ended with {answer.returncode}:\n{answer.stderr}")
    return seconds, answer.stdout


def _table(runs: dict[str, list[Run]]) -> Table:
    rows = []
    for name, of_name in runs.items():
        scores = [own.accuracy * 100 for own in of_name]
        trained = scores[0] == scores[0]  # else it is NaN: nothing was trained
        shown = (
            [f"{min(scores):.1f} to {max(scores):.1f}", verdict(min(scores) >= TARGET * 100)] if trained else ["", ""]
        )
        rows.append([name, *Figure([own.seconds for own in of_name]).cells(2)[:2], *shown])
    columns = ["", "seconds", "middle half", "test accuracy", "≥ 97"]
    note = "one network (64-256-10, Adam, 10 epochs), split and seeds for all; train.py validates, logs, keeps the best and reports"
    return Table("Digits from the start of the process", columns, rows, note)

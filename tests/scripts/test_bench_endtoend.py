"""suite=endtoend: the scripts beside ours train on the same rows, to the same target."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
import pytest

from benchmarks import endtoend
from benchmarks.endtoend import Run
from benchmarks.endtoend_scripts import SKLEARN, SPLIT, TORCH
from handgrad.training import SklearnDataModule


def test_the_split_of_the_plain_scripts_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["script.py", "2"])
    theirs: dict[str, np.ndarray] = {}
    exec(compile(SPLIT, "script.py", "exec"), theirs)
    data = SklearnDataModule("digits", seed=2).prepare()
    for name, split in (("", data.train), ("validation_", data.validation), ("test_", data.test)):
        x, y = theirs[f"{name}x"], theirs[f"{name}y"]
        own, other = np.c_[split.x, split.y], np.c_[x, y]
        np.testing.assert_array_equal(own[np.lexsort(own.T)], other[np.lexsort(other.T)])


@pytest.mark.slow
@pytest.mark.parametrize(
    "start",
    [
        partial(endtoend._plain, TORCH),
        partial(endtoend._plain, SKLEARN),
        partial(endtoend._train_script, further=endtoend.LEAN),
    ],
)
def test_each_script_reaches_the_target(start: endtoend.Runner) -> None:
    assert start(2).accuracy >= endtoend.TARGET


def test_who_misses_the_target_with_one_seed_is_told() -> None:
    runs = {
        "good": [Run(2.0, 0.98), Run(4.0, 0.975)],
        "bad": [Run(1.0, 0.98), Run(1.0, 0.96)],
        "idle": [Run(1.0, float("nan"))],
    }
    assert endtoend._table(runs).rows == [
        ["good", "3.00", "2.50 to 3.50", "97.5 to 98.0", "yes"],
        ["bad", "1.00", "1.00 to 1.00", "96.0 to 98.0", "NO"],
        ["idle", "1.00", "1.00 to 1.00", "", ""],
    ]


def test_a_script_that_fails_is_told_with_its_error() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        endtoend._plain("1 / 0", 0)

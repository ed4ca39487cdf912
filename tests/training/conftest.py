"""What the tests of training share: a quiet trainer, small tables, small nets."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning.pytorch import Trainer

from handgrad.nn import MLP
from handgrad.training import AtomicCheckpointIO, SklearnDataModule, TableDataModule, Task, task_for

MakeTrainer = Callable[..., Trainer]
MakeCSV = Callable[..., Path]
MakeTask = Callable[..., Task]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lightning 2.6 calls what torch 2.13 deprecates; nothing of ours does."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated"))


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Lightning's advertisements and progress do not belong into a test's output."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


@pytest.fixture
def make_trainer(tmp_path: Path) -> MakeTrainer:
    """A trainer that is silent, on the CPU, and writes below the test's folder only."""

    def make(**arguments: Any) -> Trainer:
        defaults: dict[str, Any] = {
            "accelerator": "cpu",
            "devices": 1,
            "default_root_dir": tmp_path,
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "num_sanity_val_steps": 0,
            "log_every_n_steps": 1,
            "max_epochs": 2,
            "plugins": [AtomicCheckpointIO()],
        }
        return Trainer(**(defaults | arguments))

    return make


@pytest.fixture
def make_csv(tmp_path: Path) -> MakeCSV:
    """Writes rows below a header to a CSV file."""

    def make(header: Sequence[str], rows: Sequence[Sequence[object]], name: str = "rows.csv") -> Path:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return make


@pytest.fixture
def make_task() -> MakeTask:
    """The task of a data module with a small MLP of ours, weights by seed."""

    def make(data: TableDataModule, hidden: Sequence[int] = (8,), seed: int = 0, **arguments: Any) -> Task:
        torch.manual_seed(seed)
        return task_for(data, MLP(data.in_features, hidden, data.out_features), **arguments)

    return make


@pytest.fixture
def iris() -> SklearnDataModule:
    """Iris: 90 rows for training, in 6 batches."""
    return SklearnDataModule("iris", batch_size=16)


@pytest.fixture
def blobs() -> list[list[object]]:
    """Rows of two features and a class, 20 of each of two classes."""
    generator = np.random.default_rng(0)
    return [
        [*(generator.normal(size=2) + 3 * (name == "red")).round(3).tolist(), name]
        for name in ("white", "red")
        for _ in range(20)
    ]

"""One thread, for small tensors on a busy machine; and ``--matrix``, the score of ops × features."""

import pytest
import torch

from cases import CASES
from matrix import Matrix

torch.set_num_threads(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix", action="store_true", help="print the score of ops × features")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--matrix"):
        config.pluginmanager.register(Matrix({case.name: case.op for case in CASES}))

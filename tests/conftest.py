"""One thread, for small tensors on a busy machine; ``--matrix``, the score of ops × features; ``--score``, that of the judge."""

import pytest
import torch

from cases import CASES
from matrix import Matrix
from mutant_score import MutantScore

torch.set_num_threads(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix", action="store_true", help="print the score of ops × features")
    parser.addoption("--score", action="store_true", help="print the score of the judge over the mutants")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--matrix"):
        config.pluginmanager.register(Matrix({case.name: case.op for case in CASES}))
    if config.getoption("--score"):
        config.pluginmanager.register(MutantScore())

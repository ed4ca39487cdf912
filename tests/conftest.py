"""One thread, for small tensors on a busy machine; and ``--score``, the score of the judge over the mutants."""

import pytest
import torch

from mutant_score import MutantScore

torch.set_num_threads(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--score", action="store_true", help="print the score of the judge over the mutants")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--score"):
        config.pluginmanager.register(MutantScore())

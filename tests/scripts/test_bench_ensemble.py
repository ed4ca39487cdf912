"""The suite on ensembles: it compares what is the same, and nothing else."""

from __future__ import annotations

import pytest
import torch

from benchmarks import ensemble
from benchmarks.ensemble import OPTIMIZERS, Measured, Problem
from benchmarks.timing import Effort
from handgrad.nn import Ensemble


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_ensemble_and_its_members_are_timed_once_they_agree(optimizer: str) -> None:
    measured = ensemble.measure(Problem((4, 3, 2), 5, 2), OPTIMIZERS[optimizer], Effort(0.0, 2))
    assert len(measured.together) == len(measured.alone) == 2
    assert min(*measured.together, *measured.alone) > 0


def test_other_networks_are_refused() -> None:
    nets = Ensemble(4, [3], 2, members=2, seed=0)
    members = [nets.member(0), nets.member(1)]
    with torch.no_grad():
        members[1].layers[0].weight += 0.01
    with pytest.raises(AssertionError, match="not close"):
        ensemble._require_agreement(nets, members)


def test_the_table_tells_how_many_times_faster() -> None:
    table = ensemble._table({("4-16-2, 32", "SGD"): Measured([1e-4, 2e-4, 1e-4], [8e-4, 8e-4, 6e-4])})
    assert table.rows == [["4-16-2, 32", "SGD", "100", "800", "6.0", "5.0 to 7.0"]]

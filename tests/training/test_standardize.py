from __future__ import annotations

import numpy as np
import torch
from torch.autograd.profiler import profile

from handgrad.training import Standardize


def test_it_is_numpys_mean_and_standard_deviation():
    values = np.random.default_rng(0).normal([5, -300, 1e-3], [2, 40, 1e-5], size=(200, 3)).astype(np.float32)
    standardize = Standardize(3)
    standardize.fit(torch.from_numpy(values))
    exact = values.astype(np.float64)
    expected = (exact - exact.mean(0)) / exact.std(0)
    np.testing.assert_allclose(standardize(torch.from_numpy(values)).numpy(), expected, atol=2e-5)


def test_statistics_are_summed_exactly_far_from_zero():
    values = torch.tensor([[1e6 + offset] for offset in range(1000)])
    standardize = Standardize(1)
    standardize.fit(values)
    assert standardize.mean.item() == np.float32(values.double().mean().item())
    np.testing.assert_allclose(standardize.scale.item(), np.arange(1000).std(), rtol=1e-6)


def test_one_block_is_all_the_memory_that_the_statistics_of_many_take():
    values, standardize = torch.randn(200_000, 20), Standardize(20)
    with profile(profile_memory=True) as profiled:
        standardize.fit(values)
    allocated = [
        event.self_cpu_memory_usage for event in profiled.function_events if event.self_cpu_memory_usage > 2**20
    ]
    assert allocated == [65_536 * 20 * 8]


def test_a_constant_column_has_scale_one():
    standardize = Standardize(2)
    standardize.fit(torch.tensor([[0.1, 1.0], [0.1, 3.0], [0.1, 5.0]]))
    assert standardize.scale[0] == 1
    assert standardize(torch.tensor([[0.1, 3.0]])).tolist() == [[0, 0]]


def test_the_inverse_gives_the_values_back():
    values = torch.randn(50, 4, dtype=torch.float64) * 100 + 7
    standardize = Standardize(4).double()
    standardize.fit(values)
    torch.testing.assert_close(standardize.inverse(standardize(values)), values)


def test_it_changes_nothing_before_it_is_fitted():
    values = torch.randn(5, 2)
    assert torch.equal(Standardize(2)(values), values)


def test_the_statistics_are_saved_and_are_not_trained():
    standardize = Standardize(2)
    assert set(standardize.state_dict()) == {"mean", "scale"}
    assert list(standardize.parameters()) == []

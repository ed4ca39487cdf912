from __future__ import annotations

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
import torch
from torch import Generator

from handgrad.explain.experiments._gradient_noise import gradient_noise
from handgrad.explain.experiments._two_minima import TwoMinima


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_the_formula_is_the_scatter_over_all_batches_there_are(size):
    rows = TwoMinima.of(6, Generator().manual_seed(0))
    batches = torch.tensor(list(combinations(range(6), size)))
    slopes = rows.slopes(torch.full((len(batches),), 0.7, dtype=torch.float64), batches)
    (noise,) = gradient_noise(rows, 0.7, [size], 2, Generator().manual_seed(0))
    assert noise.theory == pytest.approx(np.std(slopes.numpy()), rel=1e-9, abs=1e-16)


def test_what_is_measured_is_what_the_formula_says_within_its_error():
    rows, draws = TwoMinima.of(120, Generator().manual_seed(0)), 4000
    for noise in gradient_noise(rows, -0.4, [1, 8, 64], draws, Generator().manual_seed(1)):
        assert noise.measured == pytest.approx(noise.theory, rel=4 / sqrt(2 * draws))


def test_it_falls_as_the_root_of_the_batch_size_but_for_the_correction():
    rows = TwoMinima.of(120, Generator().manual_seed(0))
    one, four, whole = gradient_noise(rows, 0.0, [1, 4, 120], 50, Generator().manual_seed(0))
    assert one.without_correction / four.without_correction == pytest.approx(2)
    assert one.theory / four.theory == pytest.approx(2 * sqrt((1 - 1 / 120) / (1 - 4 / 120)))
    assert whole.theory == 0
    assert whole.measured < 1e-15

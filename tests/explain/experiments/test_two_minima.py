from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator

from handgrad.explain.experiments._two_minima import TwoMinima, bump, minimum_reached, turning_points


@pytest.fixture
def rows():
    return TwoMinima.of(120, Generator().manual_seed(0))


def error(rows, w, some):
    """The mean squared error over some rows, in NumPy."""
    x, t = rows.x.numpy()[some], rows.t.numpy()[some]
    return np.mean((t - (1 / (1 + np.exp(-3 * (x - w + 1))) - 1 / (1 + np.exp(-3 * (x - w - 1))))) ** 2)


def test_a_bump_stands_at_its_place():
    x = torch.tensor([-9.0, 2.0, 9.0], dtype=torch.float64)
    assert bump(x, 2.0).tolist() == pytest.approx([0, 0.905, 0], abs=1e-3)


def test_slopes_are_the_limits_of_difference_quotients(rows):
    w = torch.tensor([-2.3, 0.4], dtype=torch.float64)
    some = torch.tensor([[3, 50, 119], [60, 61, 0]])
    step = 1e-6
    quotients = [
        (error(rows, place + step, batch) - error(rows, place - step, batch)) / (2 * step)
        for place, batch in zip(w.tolist(), some.numpy(), strict=True)
    ]
    assert rows.slopes(w, some).tolist() == pytest.approx(quotients, rel=1e-6)


def test_the_curve_is_the_error_over_all_rows(rows):
    w, errors, _ = rows.curve()
    for index in (0, 300, 1000):
        assert errors[index].item() == pytest.approx(error(rows, w[index].item(), slice(None)), rel=1e-12)


def test_there_are_two_minima_and_the_one_at_the_high_bump_is_deeper(rows):
    w, errors, slopes = rows.curve()
    minima, maxima = turning_points(w, slopes)
    assert minima == pytest.approx([-2, 2], abs=0.1)
    assert minima[0] < maxima[1] < minima[1]
    low, high = (error(rows, place, slice(None)) for place in minima)
    assert high < 0.5 * low
    assert errors.min().item() == pytest.approx(high, abs=1e-4)
    for place in minima:
        assert error(rows, place, slice(None)) <= min(error(rows, place + d, slice(None)) for d in (-0.02, 0.02))


def test_turning_points_lie_between_places():
    w = torch.linspace(-3, 3, 50, dtype=torch.float64)
    minima, maxima = turning_points(w, torch.cos(w))  # sin has a minimum at −π/2 and a maximum at π/2
    assert minima == pytest.approx([-np.pi / 2], abs=1e-3)
    assert maxima == pytest.approx([np.pi / 2], abs=1e-3)


def test_the_valley_tells_the_minimum():
    minima, maxima = [-2.0, 2.0], [-4.0, 0.1, 4.0]
    assert [minimum_reached(w, minima, maxima) for w in (-4.5, -2.0, 0.0, 0.2, 5.0)] == [0, 0, 0, 1, 1]


def test_from_one_start_seeds_end_in_both_valleys_and_all_rows_always_in_one(rows):
    ways = rows.descend(-0.4, 0.5, 100, 4, range(16))
    assert ways.shape == (101, 16)
    assert (ways[0] == -0.4).all()
    assert 0 < (ways[-1] > 0).sum() < 16
    full = rows.descend(-0.4, 0.5, 300, 120, range(3))
    assert full[-1].tolist() == pytest.approx([full[-1, 0].item()] * 3, rel=1e-9)  # the sum's order differs
    assert full[-1, 0].item() == pytest.approx(-1.95, abs=0.02)


def test_the_seed_decides_the_way(rows):
    first, again = (rows.descend(0.0, 0.5, 5, 2, [7, 8]) for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(first[:, 1], rows.descend(0.0, 0.5, 5, 2, [8])[:, 0])
    assert not torch.equal(first[:, 0], first[:, 1])

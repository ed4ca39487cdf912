"""SPEC S6: from w = 3 with the slope 3 and η = 0.5 to 1.5, there the slope −1, to 2.0, there 1/3."""

from __future__ import annotations

import pytest
import torch

from handgrad.explain.experiments._chapter_curve import (
    MINIMUM,
    behaviour,
    chapter_curve,
    descend,
    slope_and_curvature,
)

CURVATURE = 8 / 3


def test_the_chapters_steps_exactly():
    places = descend(chapter_curve, 3.0, 0.5, 2)
    assert [place.step for place in places] == [0, 1, 2]
    assert [place.w for place in places] == [3.0, 1.5, 2.0]
    assert [place.slope for place in places] == pytest.approx([3, -1, 1 / 3], rel=1e-15)
    assert [place.loss for place in places] == pytest.approx([27 / 16, 3 / 16, 1 / 48], rel=1e-14)


def test_the_curve_is_the_parabola_of_the_spec():
    w = torch.linspace(-3, 5, 33, dtype=torch.float64)
    torch.testing.assert_close(chapter_curve(w), 4 / 3 * (w - 15 / 8) ** 2, rtol=1e-15, atol=0)


@pytest.mark.parametrize("w", [-1.0, 1.875, 3.0])
def test_the_curvature_is_eight_thirds_everywhere(w):
    slope, curvature = slope_and_curvature(chapter_curve, w)
    assert slope == pytest.approx(CURVATURE * (w - 15 / 8), abs=1e-15)
    assert curvature == pytest.approx(CURVATURE, rel=1e-15)


def test_a_rate_of_one_over_the_curvature_arrives_in_one_step():
    assert descend(chapter_curve, 3.0, 3 / 8, 1)[1].w == MINIMUM


@pytest.mark.parametrize("lr", [0.03, 0.3, 0.5, 0.7, 0.75, 0.8])
def test_every_step_multiplies_the_error_by_the_same_factor(lr):
    errors = [place.w - 15 / 8 for place in descend(chapter_curve, 3.0, lr, 8)]
    assert errors == pytest.approx([9 / 8 * (1 - lr * CURVATURE) ** step for step in range(9)], rel=1e-9)


@pytest.mark.parametrize(
    ("lr", "expected"),
    [
        (0.03, "crawls"),
        (0.0374, "crawls"),
        (0.0376, "converges"),
        (0.374, "converges"),
        (0.375, "converges"),
        (0.376, "oscillates and converges"),
        (0.749, "oscillates and converges"),
        (0.75, "oscillates for ever"),
        (0.751, "diverges"),
    ],
)
def test_behaviours_change_at_the_thresholds(lr, expected):
    _, measured = slope_and_curvature(chapter_curve, 3.0)
    assert behaviour(lr, measured) == expected


@pytest.mark.parametrize(("lr", "grows"), [(0.749, False), (0.751, True)])
def test_beyond_two_over_the_curvature_the_error_grows(lr, grows):
    places = descend(chapter_curve, 3.0, lr, 50)
    assert (abs(places[-1].w - MINIMUM) > abs(places[0].w - MINIMUM)) == grows

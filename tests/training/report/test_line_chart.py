from __future__ import annotations

import math

import pytest

from handgrad.training.report._line_chart import MOST_POINTS, Line, line_chart, thinned
from handgrad.training.report._plot import BOTTOM, LEFT, RIGHT, TOP
from html_page import Page

LOSSES = Line("training", "one", [(0, 4.0), (1, 2.0), (2, 0.0)])


def chart(*lines, log=False, **further):
    return Page(line_chart("Loss", "loss", lines, log=log, about="Loss over epochs.", **further))


def points(page):
    (line,) = page.all("polyline")
    return [tuple(map(float, pair.split(","))) for pair in line["points"].split()]


def test_a_line_goes_through_its_values():
    assert points(chart(LOSSES)) == [(LEFT, TOP), ((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2), (RIGHT, BOTTOM)]


def test_a_logarithmic_axis_leaves_out_what_has_no_logarithm():
    page = chart(Line("a", "one", [(0, 100.0), (1, 0.0), (2, -1.0), (3, 1e-4)]), log=True)
    assert points(page) == [(LEFT, TOP), (RIGHT, BOTTOM)]
    assert "loss (log scale)" in page.text


def test_values_that_are_not_finite_are_left_out():
    assert len(points(chart(Line("a", "one", [(0, 1.0), (1, math.nan), (2, math.inf), (3, 2.0)])))) == 2


def test_one_value_is_a_dot_and_none_is_no_chart():
    assert chart(Line("a", "one", [(0, 1.0)])).all("circle")
    assert line_chart("Loss", "loss", [Line("a", "one", [])], log=False, about="") == ""


def test_the_best_epoch_is_pointed_out():
    page = chart(LOSSES, mark=(1, "best: 1"))
    (mark,) = [line for line in page.all("line") if line["class"] == "mark"]
    assert float(mark["x1"]) == pytest.approx((LEFT + RIGHT) / 2)
    assert "best: 1" in page.text


def test_a_pointer_is_told_the_values():
    told = [text for element, text in chart(LOSSES, Line("b", "two", [(1, 7.5)])).texts if element == "title"]
    assert told == ["epoch 0: training 4", "epoch 1: training 2, b 7.5", "epoch 2: training 0"]


def test_long_lines_are_thinned_and_the_chart_says_so():
    line = Line("a", "one", [(place, float(place)) for place in range(10 * MOST_POINTS + 1)])
    kept = thinned(line.points)
    assert len(kept) <= MOST_POINTS + 1
    assert (kept[0], kept[-1]) == (line.points[0], line.points[-1])
    assert "Not every point is drawn" in chart(line).text
    assert "Not every point is drawn" not in chart(LOSSES).text


def test_lines_differ_by_more_than_colour():
    from handgrad.training.report._style import STYLE

    (dashed,) = [rule for rule in STYLE.splitlines() if rule.startswith(".line.two")]
    assert "stroke-dasharray" in dashed

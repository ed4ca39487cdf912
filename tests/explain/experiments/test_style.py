from __future__ import annotations

import colorsys
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest

from handgrad.explain.experiments._fonts import can_be_drawn, families
from handgrad.explain.experiments._style import LINES, Label, apart, label_lines, new_figure, plain, style


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([0.2, 0.8], [0.2, 0.8]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([0.5, 0.55, 0.9], [0.475, 0.575, 0.9]),
        ([0.0, 0.0, 0.0], [0.0, 0.1, 0.2]),
        ([0.99, 1.0], [0.9, 1.0]),
        ([], []),
    ],
)
def test_labels_move_as_little_as_keeps_them_apart(heights, expected):
    assert apart(heights, 0.1) == pytest.approx(expected)


def test_many_labels_are_in_order_and_apart():
    heights = sorted(np.random.default_rng(0).uniform(size=9).tolist())
    moved = apart(heights, 0.1)
    assert np.diff(moved).min() >= 0.1 - 1e-12
    assert min(moved) >= 0
    assert max(moved) <= 1 + 1e-12


def test_lines_differ_without_colour():
    assert len({(line.linestyle, line.marker) for line in LINES}) == len({line.marker for line in LINES}) == len(LINES)


def test_colours_are_dark_enough_to_be_read_on_white():
    for line in LINES:
        red, green, blue = (int(line.colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
        assert colorsys.rgb_to_hls(red, green, blue)[1] < 0.55


def _fail():
    raise RuntimeError


def test_settings_are_put_back_whatever_happens():
    before = dict(mpl.rcParams)
    with style():
        assert mpl.rcParams["svg.hashsalt"] == "handgrad"
    with pytest.raises(RuntimeError), style():
        _fail()
    assert dict(mpl.rcParams) == before


def test_labels_stand_at_their_heights_on_a_logarithmic_axis():
    axes = new_figure(4, 3).subplots()
    axes.set(yscale="log", ylim=(1e-4, 1))
    label_lines(axes, [Label(0.0, "bottom", "black"), Label(1e-2, "middle", "black")])
    assert [text.get_position()[1] for text in axes.texts] == pytest.approx([0, 0.5])


def test_a_name_with_dollars_is_no_formula():
    axes = new_figure(4, 3).subplots()
    axes.set_xlabel(plain("price $ per $ unit \\frac", "feature 1"))
    axes.figure.canvas.draw()
    text, is_formula = axes.xaxis.label._preprocess_math(axes.xaxis.label.get_text())
    assert (text, is_formula) == ("price $ per $ unit \\frac", False)


def test_a_name_that_no_font_can_show_is_replaced():
    assert can_be_drawn("‖∂L/∂θ‖ ÷ η √ − ○ café")
    assert not can_be_drawn("\U0001f377")
    assert plain("wine \U0001f377", "feature 1") == "feature 1"


def test_a_japanese_name_is_shown_where_there_is_a_font_for_it(monkeypatch):
    japanese = [font for font in families() if font != "DejaVu Sans"]
    assert can_be_drawn("年齢") == bool(japanese)
    families.cache_clear()
    found = [SimpleNamespace(name="IPAexGothic"), SimpleNamespace(name="DejaVu Sans")]
    monkeypatch.setattr("matplotlib.font_manager.fontManager.ttflist", found)
    assert families() == ["DejaVu Sans", "IPAexGothic"]
    families.cache_clear()

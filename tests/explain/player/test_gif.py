"""The animation."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from PIL import Image

from handgrad.explain import frames, write_gif
from handgrad.explain.player import _gif
from handgrad.explain.player._artists import COLORS
from player_records import chapter, hostile, not_finite, one_number

GRAPH_STYLE = Path(_gif.__file__).with_name("graph.css")


def reddish(image: Image.Image) -> int:
    pixels = image.convert("RGB").getcolors(1 << 24)
    return sum(count for count, (red, green, blue) in pixels if red > 150 and green < 90 and blue < 90)


def bluish(image: Image.Image) -> int:
    pixels = image.convert("RGB").getcolors(1 << 24)
    return sum(count for count, (red, green, blue) in pixels if blue > 150 and red < 90)


def test_first_blue_then_red(tmp_path: Path) -> None:
    record, path = chapter(), tmp_path / "chapter.gif"
    write_gif(record, path)
    assert path.stat().st_size < 1_000_000
    with Image.open(path) as film:
        assert film.n_frames == len(frames(record))
        assert film.size[0] <= 1280
        film.seek(0)
        assert bluish(film) == reddish(film) == 0
        film.seek(6)
        assert bluish(film) > 500
        assert reddish(film) == 0
        film.seek(20)
        assert reddish(film) > 500


def test_japanese_where_there_is_a_font(tmp_path: Path) -> None:
    if not _gif._japanese_fonts(newly_installed=True):
        pytest.skip("no Japanese font here; on Debian: apt-get install fonts-noto-cjk")
    with warnings.catch_warnings(record=True) as caught:
        write_gif(one_number(), tmp_path / "one.gif", "ja")
    assert not caught


def test_names_from_outside_are_no_formulas(tmp_path: Path) -> None:
    write_gif(hostile(), tmp_path / "hostile.gif")


def test_a_picture_of_one_number(tmp_path: Path) -> None:
    write_gif(one_number(), tmp_path / "one.gif")


def test_heat_maps_are_drawn(tmp_path: Path) -> None:
    write_gif(not_finite(), tmp_path / "wide.gif")
    with Image.open(tmp_path / "wide.gif") as film:
        colors = {color for _, color in film.convert("RGB").getcolors(1 << 24)}
    assert any(red > 150 and 60 < green < 180 and blue < 120 for red, green, blue in colors)


def test_colours_are_those_of_the_page() -> None:
    style = GRAPH_STYLE.read_text()
    assert not [name for name, color in COLORS.items() if color not in style]


def test_a_language_without_a_font_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_gif, "_JAPANESE", ("No Such Font",))
    with pytest.raises(ValueError, match=r"language 'ja' needs one of the fonts No Such Font, got none; install one"):
        write_gif(one_number(), tmp_path / "one.gif", "ja")
    with pytest.raises(ValueError, match="language must be one of en, ja"):
        write_gif(one_number(), tmp_path / "one.gif", "fr")

from __future__ import annotations

import csv

import pytest

from handgrad.explain.experiments import Result, Table
from handgrad.explain.experiments._style import new_figure

PNG = b"\x89PNG\r\n\x1a\n"


def make(draw=lambda: new_figure(2, 2)):
    table = Table.of("numbers", [{"step": 0, "w": 1 / 3, "name": "a,b"}, {"step": 1, "w": None, "name": "<é>"}])
    return Result("thing", [table], {"en": "Look.", "ja": "見る。"}, draw)


def test_a_table_keeps_every_digit_and_any_name(tmp_path):
    make().tables[0].write(tmp_path / "numbers.csv")
    with (tmp_path / "numbers.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert float(first["w"]) == 1 / 3
    assert (first["name"], second["name"], second["w"]) == ("a,b", "<é>", "")


def test_columns_of_different_lengths_are_no_table():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        Table("x", {"a": [1, 2], "b": [1]}).rows()


def test_everything_is_saved_in_the_language_asked_for(tmp_path):
    files = make().save(tmp_path / "new", "ja")
    assert [path.name for path in files] == ["thing.svg", "thing.png", "numbers.csv", "thing.txt"]
    assert files[0].read_text().startswith("<?xml")
    assert files[1].read_bytes().startswith(PNG)
    assert files[3].read_text(encoding="utf-8") == "見る。\n"


def test_an_unknown_language_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"Result\.save: expected a language out of en, ja, got 'fr'"):
        make().save(tmp_path, "fr")
    assert list(tmp_path.iterdir()) == []


def test_the_same_result_gives_the_same_bytes(tmp_path):
    def draw():
        figure = new_figure(2, 2)
        figure.subplots().plot([1, 2], clip_on=True)
        return figure

    first, second = (make(draw).save(tmp_path / name) for name in ("first", "second"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()

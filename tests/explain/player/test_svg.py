"""A picture of any moment, well-formed, complete and harmless."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from handgrad.explain import LANGUAGES, Trace, frames, to_svg
from player_records import RECORDS, chapter, hostile

NAMESPACE = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.XML(svg).iter(f"{NAMESPACE}text")]


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_every_record_is_drawn(record: Trace) -> None:
    for language in LANGUAGES:
        root = ElementTree.XML(to_svg(record, -1, language))
        assert root.tag == f"{NAMESPACE}svg"
        assert root.find(f"{NAMESPACE}title").text
        assert root.find(f"{NAMESPACE}desc").text


def test_every_step_of_the_chapter_shows_what_is_known_by_then() -> None:
    record = chapter()
    pictures = [texts(to_svg(record, step)) for step in range(len(frames(record)))]
    assert "−14" not in pictures[1]
    assert "−14" in pictures[2]
    assert "169" not in pictures[5]
    assert "169" in pictures[6]
    assert "286" not in pictures[7]
    assert "286" in pictures[8]
    assert "−140" in pictures[-1]


def test_titles_say_where_in_the_run_it_is() -> None:
    assert "2 / 29   Forward · u1 [2]" in texts(to_svg(chapter(), 2))
    assert "2 / 29   順伝播 · u1 [2]" in texts(to_svg(chapter(), 2, "ja"))


def test_steps_count_from_the_end_too() -> None:
    assert to_svg(chapter(), -1) == to_svg(chapter(), 29)


@pytest.mark.parametrize("step", [30, -31])
def test_a_step_that_does_not_exist_is_refused(step: int) -> None:
    with pytest.raises(IndexError, match=rf"step must be in 0 … 29 \(or negative, from the end\), got {step}"):
        to_svg(chapter(), step)


def test_a_language_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="language must be one of en, ja, got 'fr'"):
        to_svg(chapter(), 0, "fr")


def test_names_from_outside_are_text() -> None:
    root = ElementTree.XML(to_svg(hostile()))
    assert not list(root.iter(f"{NAMESPACE}script"))
    assert any("<script>alert(1)</script>" in "".join(title.itertext()) for title in root.iter(f"{NAMESPACE}title"))


@pytest.mark.parametrize("name", ["chapter relu", "wide batch"])
def test_a_picture_needs_nothing_else(name: str) -> None:
    svg = to_svg(RECORDS[name])
    for element in ElementTree.XML(svg).iter():
        links = {value for key, value in element.items() if key.endswith("href") or "url(" in value}
        assert all(link.startswith(("data:image/png", "url(#")) for link in links)
    assert "@import" not in svg

"""The page as text: self-contained, complete in every language, safe, small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from handgrad.explain import LANGUAGES, Trace, frames, say, to_html
from handgrad.explain.player import _document
from handgrad.explain.player._html import SCRIPTS
from handgrad.explain.player._words import WORDS
from player_records import HOSTILE, RECORDS, chapter, hostile, one_number, wide

SCRIPT = "\n".join(files("handgrad.explain.player").joinpath(name).read_text("utf-8") for name in SCRIPTS)
PAGE = files("handgrad.explain.player").joinpath("player.html").read_text("utf-8")
VOID = {"meta", "link", "input", "br"}


class Reader(HTMLParser):
    """Checks that elements are closed in order, and keeps what a test asks for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes) -> None:
        self.attributes += [(tag, key, value or "") for key, value in attributes]
        self.texts.setdefault(tag, []).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes) -> None:
        self.attributes += [(tag, key, value or "") for key, value in attributes]

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data


def document(page: str) -> dict:
    return json.loads(Reader(page).texts["script"][0])


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_every_record_becomes_a_page(record: Trace) -> None:
    page = to_html(record)
    content = document(page)
    assert len(content["frames"]) == len(frames(record))
    assert content["tensors"].keys() == record.tensors.keys()
    assert not [value for _, key, value in Reader(page).attributes if key == "style" or key.startswith("on")]


@pytest.mark.parametrize("name", ["chapter relu", "hostile", "wide batch"])
def test_nothing_comes_from_elsewhere(name: str) -> None:
    page = to_html(RECORDS[name])
    for tag, key, value in Reader(page).attributes:
        if key in ("src", "href", "xlink:href", "action", "srcset"):
            assert value.startswith("data:"), (tag, value)
    addresses = set(re.findall(r"https?://[^\s\"')]+", page))
    assert addresses == {"http://www.w3.org/1998/Math/MathML"}  # a name of what MathML is, never fetched
    assert not re.search(r"@import|url\((?!#)", page)


def test_numbers_are_those_of_the_record_to_the_bit() -> None:
    for record in (chapter("sigmoid"), RECORDS["float32"]):
        for name, tensor in document(to_html(record))["tensors"].items():
            data = memoryview(base64.b64decode(tensor["data"])).cast("f" if tensor["single"] else "d")
            assert tuple(data) == record[name].data


def test_names_from_outside_are_text() -> None:
    page = to_html(hostile(), title=HOSTILE, remarks=[HOSTILE])
    reader = Reader(page)
    assert len(reader.texts["script"]) == 2
    assert reader.texts["script"][1] == SCRIPT
    assert page.count("<script") == page.count("</script") == 2
    assert page.count("<!--") == 0
    assert "\x00" not in page
    assert "\u2028" not in reader.texts["script"][0]
    content = document(page)
    assert content["remarks"][0]["en"] == HOSTILE
    assert content["classes"][1].startswith("1<script>alert")
    assert HOSTILE.replace("\x00", "\ufffd") in reader.texts["h1"][0]


def test_policy_allows_the_script_of_the_page_and_no_other() -> None:
    reader = Reader(to_html(chapter()))
    (policy,) = (value for tag, key, value in reader.attributes if key == "content" and "default-src" in value)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for rule, tag in (("script-src", "script"), ("style-src", "style")):
        digest = hashlib.sha256(reader.texts[tag][-1].encode()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"


@pytest.mark.parametrize(
    "danger", ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "fetch("]
)
def test_script_has_nothing_that_could_make_markup_of_a_name(danger: str) -> None:
    assert danger not in SCRIPT


def test_every_word_exists_in_every_language_and_is_used() -> None:
    assert all(set(texts) == set(LANGUAGES) for texts in WORDS.values())
    assert all(text.count("{}") == texts["en"].count("{}") for texts in WORDS.values() for text in texts.values())
    package = files("handgrad.explain.player")
    sources = "".join(
        file.read_text("utf-8") for file in package.iterdir() if file.name.endswith((".py", ".js", ".html"))
    )
    sources = sources.replace((package / "_words.py").read_text("utf-8").split('"""By key')[0], "")
    for key in WORDS:
        assert re.search(rf"\b{key}\b", sources) or (key.startswith("role_") and f'"{key[5:]}"' in sources), key


def test_all_texts_of_all_languages_are_inside() -> None:
    record = chapter("sigmoid")
    content = document(to_html(record, "ja", remarks=[{"en": "Mind the sum.", "ja": "和に注意。"}]))
    said = {language: {n[language] for f in content["frames"] for n in f["notes"]} for language in LANGUAGES}
    for language in LANGUAGES:
        expected = {say(note, language) for frame in frames(record) for note in frame.notes}
        assert said[language] == expected
    assert content["remarks"] == [{"en": "Mind the sum.", "ja": "和に注意。"}]
    assert content["language"] == "ja"
    assert '<html lang="ja">' in to_html(record, "ja")


@pytest.mark.parametrize(
    ("name", "kilobytes"), [("chapter relu", 300), ("chapter sigmoid", 300), ("wide", 2000), ("wide batch", 2000)]
)
def test_size(name: str, kilobytes: int) -> None:
    assert len(to_html(RECORDS[name]).encode()) <= 1000 * kilobytes


def test_too_many_numbers_leave_their_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_document, "NUMBERS_LIMIT", 2000)
    record = wide()
    tensors = document(to_html(record))["tensors"]
    assert "data" in tensors["y"]
    assert "data" not in tensors["W1"]
    assert tensors["W1"]["maximum"].startswith("0.")


def test_views_of_a_batch_say_so() -> None:
    assert document(to_html(RECORDS["sample"]))["remarks"][0]["en"].startswith("Sample 3 of the batch")
    assert document(to_html(RECORDS["mean"]))["remarks"][0]["ja"].startswith("バッチの 7 個のサンプルの平均")


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="language must be one of en, ja, got 'fr'"):
        to_html(one_number(), "fr")
    with pytest.raises(ValueError, match="a text must exist in en, ja, missing ja"):
        to_html(one_number(), remarks=[{"en": "Only one."}])


def test_placeholders_of_the_page_are_all_filled() -> None:
    assert "{{" in PAGE
    assert "{{" not in to_html(chapter())

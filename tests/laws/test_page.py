"""The HTML page: complete, self-contained, and safe whatever the names are."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from handgrad.laws import LAWS, Evidence, Report, Status, Verdict

HOSTILE = "<script>alert('x')</script>\"&\udc80"
VOID = {"meta", "br"}


class Page(HTMLParser):
    """The tags, what they ask for, and the text; fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(words: str, status: Status = Status.BROKEN) -> str:
    evidence = Evidence(f"gradient of {words}", (0,), words, 2.0)
    verdicts = {
        LAWS[0].name: Verdict(LAWS[0].name, status, words, (evidence,), words, f"print('{words}')"),
        words: Verdict(words, Status.WAIVED, words),
    }
    return Report(words, verdicts, words, (words,), (words,), strict=True, versions={words: words}).to_html()


def test_a_page_is_well_formed_and_asks_for_nothing() -> None:
    found = Page(page("fn"))
    assert not {"script", "img", "link", "iframe", "object"} & set(found.tags)
    assert not {"src", "onload", "onclick", "style"} & {name for name, _ in found.attributes}
    assert all((value or "").startswith("#") for name, value in found.attributes if name == "href")
    assert "http" not in "".join(value or "" for name, value in found.attributes if name != "http-equiv")


@pytest.mark.parametrize("status", list(Status))
def test_hostile_names_stay_text(status: Status) -> None:
    text = page(HOSTILE, status)
    assert "<script" not in text
    assert set(Page(text).tags) == set(Page(page("fn", status)).tags)
    assert "<script>alert('x')</script>\"&\\udc80" in Page(text).text
    text.encode("utf-8")


def test_the_page_says_the_verdict_first_then_diagnosis_program_evidence_notes_and_versions() -> None:
    verdict = Verdict(
        LAWS[0].name, Status.BROKEN, "is wrong", (Evidence("gradient of x", (1,), 1.0, 2.0),), "", "print('see')"
    )
    text = Page(
        Report("fn", {verdict.law: verdict}, "transposed", ("It is transposed.",), ("In float64.",)).to_html()
    ).text
    words = [
        "fn is unlawful",
        "It is transposed.",
        "print('see')",
        LAWS[0].statement,
        "expected 1, got 2",
        "In float64.",
        "torch",
    ]
    places = [text.rindex(word) for word in words]
    assert places == sorted(places)


def test_a_lawful_page_has_neither_diagnosis_nor_programs() -> None:
    text = Report("fn", {LAWS[0].name: Verdict(LAWS[0].name, Status.HOLDS)}).to_html()
    assert "fn is lawful" in text
    assert "<pre>" not in text
    assert '<section class="diagnosis">' not in text

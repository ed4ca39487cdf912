from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import pytest

from handgrad.training.report import page
from handgrad.training.report._record import Outcome, RunRecord, TableRecord
from handgrad.training.report._style import STYLE
from html_page import Page

HOSTILE = (
    """</title></style></code><script>alert('1')</script><img src="x" onerror=alert(2)>"><svg/onload=alert(3)>&lt;b>"""
)


def hostile(value: Any) -> Any:
    """The same data with a hostile text for each text in it."""
    if isinstance(value, str):
        return f"{value}{HOSTILE}"
    if isinstance(value, Mapping):
        return {hostile(key): hostile(each) for key, each in value.items()}
    if isinstance(value, list):
        return [hostile(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: hostile(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    return value


@pytest.fixture
def regression(record: RunRecord) -> RunRecord:
    return dataclasses.replace(
        record,
        headline="rmse",
        table=TableRecord("rows.csv", ["age"], "price", {"training": 3}, target_range=(1.0, 2.0, 5.0)),
        test=Outcome({"rmse": 0.5, "r2": 0.9}, "those at the end", pairs=[(1.0, 1.5), (2.0, 1.0), (5.0, 5.25)]),
    )


def test_it_is_whole_and_needs_nothing_else(record, regression):
    for source in (page(record), page(regression)):
        shown = Page(source)
        assert not shown.names() & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        for _, attributes in shown.elements:
            assert not set(attributes) & {"src", "href", "srcset", "xlink:href", "action", "data"}
            assert not [name for name in attributes if name.startswith("on")]
        assert not re.search(r"url\(|@import|https?:", source)
        assert "default-src 'none'" in shown.all("meta")[1]["content"]


def test_foreign_text_stays_text_wherever_it_comes_from(record, regression):
    for each in (record, regression):
        plain, attacked = Page(page(each)), Page(page(hostile(each)))
        assert attacked.names() <= plain.names()
        assert not [name for _, attributes in attacked.elements for name in attributes if name.startswith("on")]
        assert {key for _, attributes in attacked.elements for key in attributes} <= {
            key for _, attributes in plain.elements for key in attributes
        }
        for words in (each.table.target, each.table.source, each.table.features[0], each.command, each.configuration):
            assert " ".join(f"{words}{HOSTILE}".split()) in attacked.text


def test_names_of_all_languages_show(record):
    table = dataclasses.replace(record.table, features=["größe", "高さ ✓"], classes=["白", "красный"])
    source = page(dataclasses.replace(record, table=table))
    assert Page(source).all("meta")[0] == {"charset": "utf-8"}
    for name in ("größe, 高さ ✓", "白", "красный"):
        assert name in Page(source).text


def test_every_chart_says_what_it_shows(record, regression):
    for each in (record, regression):
        charts = [chart for chart in Page(page(each)).all("svg") if chart.get("aria-hidden") != "true"]
        assert len(charts) >= 5
        for chart in charts:
            assert chart["role"] == "img"
            assert len(chart["aria-label"]) > 20


def test_it_says_what_was_trained_on_what_and_how_to_do_it_again(record):
    text = Page(page(record)).text
    for words in (
        "40: 30 training, 10 test", "2 columns", "MLP 2 → 4 → 2, relu", "Adam(lr=0.01)", "4×2 + 4", "2.5 s",
        "python scripts/train.py seed=0", "run/best.ckpt", "old/last.ckpt", "torch2.13.0", "abc123", "seed: 0",
    ):  # fmt: skip
        assert words in text


def test_it_is_drawn_of_a_run_that_left_almost_nothing(record):
    bare = RunRecord(record.headline, record.ending, 0.1, record.written, record.table, record.learning)
    text = Page(page(bare)).text
    assert "There are no curves: this run kept no metrics.csv" in text
    assert "There is no test" in text
    assert "norms of the gradients were not logged" in text
    assert "kept no checkpoint" in text
    assert "command line of this run is not known" in text


def test_it_is_for_light_and_dark_for_phones_and_for_paper():
    assert {"prefers-color-scheme: dark", "max-width: 36rem", "print"} <= {
        found.strip("()") for found in re.findall(r"@media (\([^)]+\)|print)", STYLE)
    }

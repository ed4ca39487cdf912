"""The record as one page that plays it, and needs nothing else: no server, no network, no fonts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from xml.etree import ElementTree

from handgrad.explain._record import Trace
from handgrad.explain._texts import LANGUAGES, check_language
from handgrad.explain.player._document import document
from handgrad.explain.player._drawing import drawing
from handgrad.explain.player._elements import legal, svg_element
from handgrad.explain.player._words import Texts, in_every_language, word

SCRIPTS = (
    "page.js",
    "numbers.js",
    "formulas.js",
    "panel.js",
    "tables.js",
    "graph.js",
    "player.js",
    "updates.js",
    "start.js",
)
"""The files that make the one script of the page, from what the others stand on to what starts it."""


def to_html(trace: Trace, language: str = "en", *, title: str | Texts = "", remarks: Sequence[str | Texts] = ()) -> str:
    """The backprop player: one self-contained HTML page.

    Args:
        trace: the record; of a batch the reader chooses the sample in the page.
        language: the one that it opens in; all are inside.
        title: what it is about, for example the name of the data; by language, or one text for all.
        remarks: sentences that the page shows below, each by language, or one text for all.

    Raises:
        ValueError: there is no such language, or a text lacks one.
    """
    check_language(language)
    titles = in_every_language(title or {each: _title(trace, each) for each in LANGUAGES})
    said = [in_every_language(remark) for remark in remarks]
    picture = svg_element(drawing(trace), language, 0, moving=True)
    script, style = "\n".join(map(_file, SCRIPTS)), _file("graph.css") + _file("player.css")
    parts = {
        "language": language,
        "title": escape(titles[language]),
        "no_script": escape(word("no_script", language)),
        "policy": f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
        "graph": ElementTree.tostring(picture, encoding="unicode"),
        "document": document(trace, language, titles, said),
    }
    return legal(re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _file("player.html")))


def _title(trace: Trace, language: str) -> str:
    """The title where nobody gave one: with the sample, if it has a name."""
    name = trace.labels.sample
    return word("title", language) + (f" · {name}" if name else "")


def _file(name: str) -> str:
    return files("handgrad.explain.player").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """A source as a Content-Security-Policy names it: the page runs this text and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

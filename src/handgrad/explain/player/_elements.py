"""A scene as elements of SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from handgrad.explain._names import name_parts
from handgrad.explain.player._heat import png
from handgrad.explain.player._scene import Box, Group, Line, Mark, Picture, Scene, Text
from handgrad.explain.player._words import spoken, word

Element = ElementTree.Element

_TITLE = 26.0
"""The room above the headings for the title of a frame, which a page has no need of."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg_element(scene: Scene, language: str, frame: int, moving: bool) -> Element:
    """The picture; ``moving`` keeps what is of other frames, hidden, and says when each mark is there."""
    top = _TITLE if moving else 0.0
    width, height = rounded(scene.width), rounded(scene.height - top)
    box = {"width": width, "height": height, "viewBox": f"0 {rounded(top)} {width} {height}"}
    root = Element("svg", box, role="group" if moving else "img")
    root.set("class", "graph")
    root.append(_heads())
    for group in scene.groups:
        element = _group(group, language, frame, moving)
        if len(element):
            root.append(element)
    return root


def _group(group: Group, language: str, frame: int, moving: bool) -> Element:
    element = Element("g")
    if moving and group.tensor:
        element.set("data-tensor", group.tensor)
        if group.index is not None:
            element.set("data-index", ",".join(map(str, group.index)))
        if any(isinstance(mark.shape, Text) for mark in group.marks):
            element.attrib |= {"role": "button", "tabindex": "0", "aria-label": spoken(group.tensor, group.index)}
    if group.title:
        element.append(labelled("title", group.title, identified=False))
    for mark in group.marks:
        if moving or mark.present(frame):
            element.append(_mark(mark, language, frame, moving))
    return element


def _mark(mark: Mark, language: str, frame: int, moving: bool) -> Element:
    element = _shape(mark, language)
    states = {"later": not mark.present(frame), "active": frame in mark.active}
    element.set("class", " ".join([mark.role, *(state for state, on in states.items() if on)]))
    if moving:
        since = str(mark.since) if mark.since else ""
        until = "" if mark.until is None else str(mark.until)
        timing = {"data-since": since, "data-until": until, "data-active": ",".join(map(str, mark.active))}
        element.attrib |= {key: value for key, value in timing.items() if value}
    return element


def _shape(mark: Mark, language: str) -> Element:
    match mark.shape:
        case Line(x1, y1, x2, y2, arrow):
            ends = {"x1": rounded(x1), "y1": rounded(y1), "x2": rounded(x2), "y2": rounded(y2)}
            head = {"marker-end": "url(#back)" if "backward" in mark.role else "url(#on)"} if arrow else {}
            return Element("line", ends | head)
        case Box(x, y, width, height, radius):
            corner = {"x": rounded(x - width / 2), "y": rounded(y - height / 2), "rx": rounded(radius)}
            return Element("rect", corner, width=rounded(width), height=rounded(height))
        case Picture(x, y, width, height, rows):
            place = {"x": rounded(x), "y": rounded(y), "width": rounded(width), "height": rounded(height)}
            return Element("image", place, href=png(rows), preserveAspectRatio="none")
    return text_element(mark.shape, language)


def text_element(text: Text, language: str) -> Element:
    """A line of text; a name of the record in italics with its subscript."""
    place = {"x": rounded(text.x), "y": rounded(text.y), "text-anchor": text.anchor, "font-size": rounded(text.size)}
    element = Element("text", place)
    if text.name:
        letter, subscript, primes = name_parts(text.text)
        _span(element, letter + primes, "letter")
        if subscript:
            _span(element, subscript, "subscript").attrib |= {"dy": "4", "font-size": rounded(text.size * 0.68)}
        return element
    if text.word:
        element.attrib |= {"data-word": text.word, "data-text": text.text}
    element.text = legal(word(text.word, language, text.text) if text.word else text.text)
    return element


def _span(parent: Element, text: str, kind: str) -> Element:
    span = ElementTree.SubElement(parent, "tspan", {"class": kind})
    span.text = text
    return span


def labelled(tag: str, text: str, identified: bool = True) -> Element:
    """A title or a description, which a reader of the screen says."""
    element = Element(tag, {"id": {"desc": "description"}.get(tag, tag)} if identified else {})
    element.text = legal(text)
    return element


def _heads() -> Element:
    """Arrow heads, forward and back."""
    definitions = Element("defs")
    for name, kind in (("on", "forward"), ("back", "backward")):
        box = {"viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerWidth": "7", "markerHeight": "7"}
        marker = ElementTree.SubElement(
            definitions, "marker", box | {"id": name, "orient": "auto", "markerUnits": "userSpaceOnUse"}
        )
        ElementTree.SubElement(marker, "path", {"d": "M0 0 L8 4 L0 8 z", "class": f"head {kind}"})
    return definitions


def legal(text: str) -> str:
    """``text`` without the characters that no XML may contain."""
    return _NOT_IN_XML.sub("\ufffd", text)


def rounded(number: float) -> str:
    """A length in pixels."""
    return f"{number:.1f}".removesuffix(".0")

"""A scene as SVG: of one frame to keep, or of all frames for the player."""

from __future__ import annotations

import re
from importlib.resources import files
from xml.etree import ElementTree

from handgrad.explain._names import name_parts
from handgrad.explain._record import Trace
from handgrad.explain._texts import check_language
from handgrad.explain.player._drawing import drawing
from handgrad.explain.player._frames import Frame, frames
from handgrad.explain.player._heat import png
from handgrad.explain.player._scene import Box, Group, Line, Mark, Picture, Scene, Text
from handgrad.explain.player._words import spoken, title_of, word

Element = ElementTree.Element

_TITLE = 26.0
"""The room above the headings for the title of a frame, which a page has no need of."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_svg(trace: Trace, step: int = -1, language: str = "en") -> str:
    """The computation graph at one moment of the run, as a picture that needs nothing else.

    Args:
        trace: the record; of a batch the first sample stands in the units.
        step: which of `frames`, counted from 0; negative from the end.
        language: one of `handgrad.explain.LANGUAGES`.

    Raises:
        IndexError: there is no such step.
        ValueError: there is no such language.
    """
    check_language(language)
    moments = frames(trace)
    if not -len(moments) <= step < len(moments):
        raise IndexError(f"to_svg: step must be in 0 … {len(moments) - 1} (or negative, from the end), got {step}")
    number = step % len(moments)
    scene = drawing(trace)
    title = f"{number} / {len(moments) - 1}   {title_of(moments[number], language)}"
    root = svg_element(scene, language, number, moving=False)
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("aria-labelledby", "title description")
    style = Element("style")
    style.text = files("handgrad.explain.player").joinpath("graph.css").read_text("utf-8")
    heading = _text(Text(26, 20, title, "start", 13), language)
    heading.set("class", f"title {moments[number].phase}")
    head = [_labelled("title", title), _labelled("desc", _description(trace, moments[: number + 1], language)), style]
    root[:] = [*head, _background(scene), *root, heading]
    return ElementTree.tostring(root, encoding="unicode")


def svg_element(scene: Scene, language: str, frame: int, moving: bool) -> Element:
    """The picture; ``moving`` keeps what is of other frames, hidden, and says when each mark is there."""
    top = _TITLE if moving else 0.0
    width, height = _round(scene.width), _round(scene.height - top)
    box = {"width": width, "height": height, "viewBox": f"0 {_round(top)} {width} {height}"}
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
        element.append(_labelled("title", group.title, identified=False))
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
            ends = {"x1": _round(x1), "y1": _round(y1), "x2": _round(x2), "y2": _round(y2)}
            head = {"marker-end": "url(#back)" if "backward" in mark.role else "url(#on)"} if arrow else {}
            return Element("line", ends | head)
        case Box(x, y, width, height, radius):
            corner = {"x": _round(x - width / 2), "y": _round(y - height / 2), "rx": _round(radius)}
            return Element("rect", corner, width=_round(width), height=_round(height))
        case Picture(x, y, width, height, rows):
            place = {"x": _round(x), "y": _round(y), "width": _round(width), "height": _round(height)}
            return Element("image", place, href=png(rows), preserveAspectRatio="none")
    return _text(mark.shape, language)


def _text(text: Text, language: str) -> Element:
    place = {"x": _round(text.x), "y": _round(text.y), "text-anchor": text.anchor, "font-size": _round(text.size)}
    element = Element("text", place)
    if text.name:
        letter, subscript, primes = name_parts(text.text)
        _span(element, letter + primes, "letter")
        if subscript:
            _span(element, subscript, "subscript").attrib |= {"dy": "4", "font-size": _round(text.size * 0.68)}
        return element
    if text.word:
        element.attrib |= {"data-word": text.word, "data-text": text.text}
    element.text = legal(word(text.word, language, text.text) if text.word else text.text)
    return element


def _span(parent: Element, text: str, kind: str) -> Element:
    span = ElementTree.SubElement(parent, "tspan", {"class": kind})
    span.text = text
    return span


def _labelled(tag: str, text: str, identified: bool = True) -> Element:
    element = Element(tag, {"id": {"desc": "description"}.get(tag, tag)} if identified else {})
    element.text = legal(text)
    return element


def _description(trace: Trace, past: tuple[Frame, ...], language: str) -> str:
    last = past[-1]
    values = trace[last.tensor]
    shown = f": {values[last.entry]}" if last.entry is not None and not values.batched else ""
    return f"{word('graph', language)}. {title_of(last, language)}{shown}"


def _background(scene: Scene) -> Element:
    return Element("rect", {"class": "background"}, width=_round(scene.width), height=_round(scene.height))


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


def _round(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")

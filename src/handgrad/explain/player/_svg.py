"""One moment of a run as SVG."""

from __future__ import annotations

from importlib.resources import files
from xml.etree import ElementTree

from handgrad.explain._record import Trace
from handgrad.explain._texts import check_language
from handgrad.explain.player._drawing import drawing
from handgrad.explain.player._elements import Element, labelled, rounded, svg_element, text_element
from handgrad.explain.player._frames import Frame, frames
from handgrad.explain.player._scene import Scene, Text
from handgrad.explain.player._words import title_of, word


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
    heading = text_element(Text(26, 20, title, "start", 13), language)
    heading.set("class", f"title {moments[number].phase}")
    head = [labelled("title", title), labelled("desc", _description(trace, moments[number], language)), style]
    root[:] = [*head, _background(scene), *root, heading]
    return ElementTree.tostring(root, encoding="unicode")


def _description(trace: Trace, frame: Frame, language: str) -> str:
    values = trace[frame.tensor]
    number = f": {values[frame.entry]}" if frame.entry is not None and not values.batched else ""
    return f"{word('graph', language)}. {title_of(frame, language)}{number}"


def _background(scene: Scene) -> Element:
    return Element("rect", {"class": "background"}, width=rounded(scene.width), height=rounded(scene.height))

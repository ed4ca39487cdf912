"""From an explanation to what is printed or written, by format."""

from __future__ import annotations

from collections.abc import Callable

from explained import Explanation
from handgrad.explain import to_json, to_latex, to_text

Rendering = Callable[[Explanation, str], str]
"""Takes the explanation and the language."""

RENDERINGS: dict[str, Rendering] = {
    "text": lambda it, language: to_text(it.trace, language, title=it.title, remarks=it.remarks),
    "json": lambda it, language: to_json(it.trace, indent=1) + "\n",
    "latex": lambda it, language: to_latex(it.trace, language, title=it.title, remarks=it.remarks),
}

"""From an explanation to what is printed or written, by format."""

from __future__ import annotations

from collections.abc import Callable

from explained import Explanation
from handgrad.explain import text_lines, to_json, to_latex, to_text

Rendering = Callable[[Explanation, str], str]
"""Takes the explanation and the language."""

RENDERINGS: dict[str, Rendering] = {
    "text": lambda it, language: to_text(it.trace, language, title=it.title, remarks=it.remarks),
    "json": lambda it, language: to_json(it.trace, indent=1) + "\n",
    "latex": lambda it, language: to_latex(it.trace, language, title=it.title, remarks=it.remarks),
}

COLOURS = {"": "bold", "forward": "bold blue", "backward": "bold red"}
"""Of headings, as the chapter draws the two ways."""


def show(it: Explanation, language: str) -> None:
    """Print the page on a terminal, headings in the colour of their way."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in text_lines(it.trace, language, title=it.title, remarks=it.remarks):
        console.print(Text(line.text, style=COLOURS[line.way] if line.heading else ""), soft_wrap=True)

"""From an explanation to what is printed or written, by format."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explained import Explanation
from handgrad.explain import text_lines, to_html, to_json, to_latex, to_svg, to_text, write_gif
from ranges import ConfigurationError

Rendering = Callable[[Explanation, str, int | None], str]
"""Takes the explanation, the language and the step."""

COLOURS = {"": "bold", "forward": "bold blue", "backward": "bold red"}
"""Of headings, as the chapter draws the two ways."""


def _page(it: Explanation, language: str) -> dict[str, Any]:
    return {"language": language, "title": it.title.get(language, ""), "remarks": it.remarks_in(language)}


def _html(it: Explanation, language: str) -> str:
    return to_html(it.trace, language, title=it.title or it.about, remarks=list(it.remarks.values()))


def _svg(it: Explanation, language: str, step: int | None) -> str:
    try:
        return to_svg(it.trace, -1 if step is None else step, language)
    except IndexError as error:
        raise ConfigurationError(str(error)) from error


RENDERINGS: dict[str, Rendering] = {
    "text": lambda it, language, step: to_text(it.trace, **_page(it, language)),
    "json": lambda it, language, step: to_json(it.trace, indent=1) + "\n",
    "latex": lambda it, language, step: to_latex(it.trace, **_page(it, language)),
    "html": lambda it, language, step: _html(it, language),
    "svg": _svg,
}
"""The formats that are text; ``gif`` is written to a file at once."""


def write(it: Explanation, path: Path, wanted: str, language: str, step: int | None) -> None:
    """Write a file, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        if wanted == "gif":
            write_gif(it.trace, part, language)
        else:
            part.write_text(RENDERINGS[wanted](it, language, step), encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def put(text: str) -> None:
    """Print a text; what the terminal's encoding lacks as its escape, and no more than its reader, such as head, wants."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # or Python would complain once more when it ends


def show(it: Explanation, language: str) -> None:
    """Print the page on a terminal, headings in the colour of their way."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in text_lines(it.trace, **_page(it, language)):
        console.print(Text(line.text, style=COLOURS[line.way] if line.heading else ""), soft_wrap=True)

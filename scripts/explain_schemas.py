"""What ``conf/explain.yaml`` is made of. See ``configuration.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from ranges import Range, at_least, one_of, within

FORMATS = ("text", "json", "latex")
SPLITS = ("train", "validation", "test")


def _is_rows(value: Any) -> bool:
    rows = value if isinstance(value, list) else [value]
    return bool(rows) and all(isinstance(row, int) and not isinstance(row, bool) and row >= 0 for row in rows)


@dataclass
class ChapterExample:
    """The chapter's network."""

    activation: Annotated[str, one_of("relu", "sigmoid")]


@dataclass
class Explain:
    """The whole of ``conf/explain.yaml``."""

    data: Any
    explain: ChapterExample
    ckpt_path: str | None
    sample: Annotated[Any, Range("a row counted from 0, or a list of such rows", _is_rows)]
    split: Annotated[str, one_of(*SPLITS)]
    input: str | None
    seed: Annotated[int, within(0, 2**32 - 1)]
    view: Annotated[str, one_of("all", "mean", "sample")]
    learning_rate: Annotated[float | None, at_least(0)]
    format: Annotated[str | None, one_of(*FORMATS)]
    language: Annotated[str, one_of("en", "ja")]
    output: str | None
    overwrite: bool


SCHEMAS: tuple[type[Any], ...] = (Explain, ChapterExample)

"""What is explained: a record, and what its page says beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from omegaconf import DictConfig

from handgrad.explain import Trace, chapter_example, chapter_remarks, chapter_title, trace


@dataclass(frozen=True)
class Explanation:
    """A record, and what its page says beyond it."""

    trace: Trace
    title: str = ""
    remarks: Mapping[str, str] = field(default_factory=dict)


def chapter(cfg: DictConfig) -> Explanation:
    """Run the chapter's example forward and back."""
    activation = cfg.explain.activation
    example = chapter_example(activation, bias=activation == "sigmoid")  # S4 has no biases, S7 derives dL/db
    record = trace(*example, learning_rate=cfg.learning_rate)
    return Explanation(record, chapter_title(activation, cfg.language), chapter_remarks(activation, cfg.language))

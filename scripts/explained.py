"""What is explained: a record, and what its page says beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from omegaconf import DictConfig

from handgrad.explain import LANGUAGES, Trace, chapter_example, chapter_remarks, chapter_title, trace

Texts = Mapping[str, str]
"""A text by language."""


@dataclass(frozen=True)
class Explanation:
    """A record, and what is said beyond it.

    Attributes:
        trace: the record.
        title: what stands above; empty for the usual title.
        about: which rows these are.
        remarks: sentences by the name of the tensor that they are about.
    """

    trace: Trace
    title: Texts = field(default_factory=dict)
    about: Texts = field(default_factory=dict)
    remarks: Mapping[str, Texts] = field(default_factory=dict)

    def remarks_in(self, language: str) -> dict[str, str]:
        """The remarks in one language."""
        return {name: texts[language] for name, texts in self.remarks.items()}


def chapter(cfg: DictConfig) -> Explanation:
    """Run the chapter's example forward and back."""
    activation = cfg.explain.activation
    example = chapter_example(activation, bias=activation == "sigmoid")  # S4 has no biases, S7 derives dL/db
    record = trace(*example, learning_rate=cfg.learning_rate)
    title = {language: chapter_title(activation, language) for language in LANGUAGES}
    said = {language: chapter_remarks(activation, language) for language in LANGUAGES}
    remarks = {name: {language: said[language][name] for language in LANGUAGES} for name in said["en"]}
    return Explanation(record, title, remarks=remarks)

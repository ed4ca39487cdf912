"""A record as a page: what is said, in which order, whatever it is printed with."""

from __future__ import annotations

from collections.abc import Iterator

from handgrad.explain._record import Trace
from handgrad.explain.pages import _labelled as labelled
from handgrad.explain.pages import _sections as sections
from handgrad.explain.pages._blocks import MOST_TERMS, Block, Heading, Prose
from handgrad.explain.pages._numerals import DIGITS, is_rounded
from handgrad.explain.pages._sections import Remarks
from handgrad.explain.pages._words import Words


def page(trace: Trace, words: Words, title: str, remarks: Remarks) -> list[Block]:
    """The blocks of the whole page.

    Args:
        trace: the record.
        words: of one language.
        title: what stands above; empty for the usual title.
        remarks: what else is to be said, by the name of the tensor that it is said of.
    """
    return [
        Heading(0, title or words.title),
        *_about(trace, words),
        *labelled.row(trace, words),
        *sections.network(trace, words),
        *sections.forward(trace, words, remarks),
        *labelled.prediction(trace, words),
        *sections.factors(trace, words, remarks),
        *sections.backward(trace, words, remarks),
        *sections.update(trace, words),
    ]


def _about(trace: Trace, words: Words) -> Iterator[Block]:
    if trace.labels.sample:
        yield Prose(trace.labels.sample)
    batch = {"count": trace.batch, "number": (trace.selected or 0) + 1}
    if trace.batch is not None:
        text = {"all": words.batch, "mean": words.mean, "sample": words.one_of_batch}[trace.view]
        yield Prose(text.format(**batch))
    if any(is_rounded(number) for values in trace.tensors.values() for number in values.data):
        yield Prose(words.rounded.format(digits=DIGITS))
    if any(size > MOST_TERMS for values in trace.tensors.values() for size in values.shape):
        yield Prose(words.elided.format(terms=MOST_TERMS))

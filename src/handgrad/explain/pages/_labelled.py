"""What a page says in the words of the table: the row by its columns, the prediction by its classes."""

from __future__ import annotations

from collections.abc import Iterator

from handgrad.explain._record import Trace
from handgrad.explain.pages._blocks import Block, Cell, Heading, Listing, Prose
from handgrad.explain.pages._numerals import numeral
from handgrad.explain.pages._tensors import computed_blocks
from handgrad.explain.pages._words import Words

MOST_COLUMNS = 24
"""Up to how many columns of a table a page lists."""

MOST_SAMPLES = 24
"""Up to how many samples of a batch a page lists."""


def row(trace: Trace, words: Words) -> Iterator[Block]:
    """The values of one row by column, raw and standardised."""
    if has_columns(trace):
        yield Heading(1, words.row)
        standard = trace.steps[0].op == "standardize"
        names = ["x", trace.steps[0].output] if standard else ["x"]
        yield from _by_column(trace, words, words.row_header[: len(names) + 1], names, names[-1])


def slopes(trace: Trace, words: Words) -> Iterator[Block]:
    """What the loss would do if a value of the row grew, by column."""
    if has_columns(trace):
        yield from computed_blocks(trace, "dL/dx", listed=False)
        yield Prose(words.slopes)
        yield from _by_column(trace, words, (words.row_header[0], "dL/dx"), ["dL/dx"], "dL/dx")


def has_columns(trace: Trace) -> bool:
    """Whether there is one row, whose columns have names."""
    return bool(trace.labels.columns) and len(trace["x"].shape) == 1


def _by_column(trace: Trace, words: Words, header: tuple[str, ...], names: list[str], by: str) -> Iterator[Block]:
    """A line for each column, or where they are too many for those in which the tensor ``by`` is largest."""
    columns, sizes = trace.labels.columns, trace[by].data
    places = sorted(sorted(range(len(columns)), key=lambda place: -abs(sizes[place]))[:MOST_COLUMNS])
    if len(places) < len(columns):
        yield Prose(words.columns_more.format(shown=MOST_COLUMNS, count=len(columns), name=by))
    values = [trace[name].data for name in names]
    yield Listing(header, tuple((columns[place], *(numbers[place] for numbers in values)) for place in places))


def prediction(trace: Trace, words: Words) -> Iterator[Block]:
    """The probability of each class beside the target; for a batch the predicted class of each sample."""
    classes = trace.labels.classes
    if not classes or "p" not in trace.tensors or "one_hot(t)" not in trace.tensors or trace.view == "mean":
        return
    yield Heading(1, words.prediction)
    if len(trace["p"].shape) == 1:
        yield from _one(trace, words, classes)
    else:
        yield from _many(trace, words, classes)


def _one(trace: Trace, words: Words, classes: tuple[str, ...]) -> Iterator[Block]:
    p, t = trace["p"].data, trace["one_hot(t)"].data
    predicted, target = _largest(p), _largest(t)
    columns = (trace["y"].data, p, t, trace["dL/dy"].data)
    yield Listing(words.prediction_header, tuple(zip(classes, *columns, strict=True)))
    yield Prose(
        words.predicted.format(
            predicted=classes[predicted],
            probability=numeral(p[predicted]),
            target=classes[target],
            verdict=words.right if predicted == target else words.wrong,
            loss=numeral(trace.loss),
        )
    )


def _many(trace: Trace, words: Words, classes: tuple[str, ...]) -> Iterator[Block]:
    count, width = trace["p"].shape
    rows: list[tuple[Cell, ...]] = []
    for sample in range(min(count, MOST_SAMPLES)):
        own = slice(sample * width, (sample + 1) * width)
        p, t = trace["p"].data[own], trace["one_hot(t)"].data[own]
        predicted = _largest(p)
        rows.append((str(sample + 1), classes[predicted], p[predicted], classes[_largest(t)], trace["ℓ"].data[sample]))
    yield Listing(words.samples_header, tuple(rows))
    if count > MOST_SAMPLES:
        yield Prose(words.samples_more.format(shown=MOST_SAMPLES, count=count))


def _largest(numbers: tuple[float, ...]) -> int:
    return max(range(len(numbers)), key=numbers.__getitem__)

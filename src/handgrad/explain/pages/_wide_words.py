"""What a page says of a tensor that it does not write out."""

from __future__ import annotations

from handgrad.explain.pages._blocks import Wide
from handgrad.explain.pages._numerals import numeral
from handgrad.explain.pages._words import Words


def wide_sentence(block: Wide, vocabulary: Words) -> str:
    """How many numbers it has, and between which they lie."""
    summary = block.summary
    count = f"{' × '.join(map(str, block.shape))} = {summary.count}" if len(block.shape) > 1 else summary.count
    parameter = block.left.name.removesuffix(" after")
    text = vocabulary.wide.format(
        name=parameter if parameter == block.left.name else vocabulary.updated.format(parameter=parameter),
        count=count,
        minimum=numeral(summary.minimum),
        median=numeral(summary.median),
        maximum=numeral(summary.maximum),
    )
    return text + (vocabulary.not_finite.format(count=summary.not_finite) if summary.not_finite else "")

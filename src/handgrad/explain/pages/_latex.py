"""A page as a LaTeX document."""

from __future__ import annotations

from collections.abc import Iterator

from handgrad.explain._expression import Equation, Symbol
from handgrad.explain._record import Trace
from handgrad.explain.pages._blocks import Cell, Chain, Displayed, Equations, Heading, Listing, Wide
from handgrad.explain.pages._latex_math import LatexMath
from handgrad.explain.pages._latex_prose import Prose, escaped
from handgrad.explain.pages._page import page
from handgrad.explain.pages._sections import Remarks
from handgrad.explain.pages._wide_words import wide_sentence
from handgrad.explain.pages._words import Words, words

_MATH = LatexMath()
_BROADEST = 8
"""How many columns of matrices fit in a line."""

_CLASSES = {"en": r"\documentclass[a4paper]{article}", "ja": r"\documentclass[a4paper]{ltjsarticle}"}
_PREAMBLE = r"""\usepackage[margin=20mm]{geometry}
\usepackage{amsmath}
\usepackage{booktabs}
\usepackage{xcolor}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em}
\definecolor{forward}{HTML}{1F4E9E}
\definecolor{backward}{HTML}{B3261E}
"""
_LEVELS = ("", r"\section*", r"\subsection*")


def to_latex(trace: Trace, language: str = "en", *, title: str = "", remarks: Remarks | None = None) -> str:
    """The record as a LaTeX document that compiles by itself with lualatex; in English with pdflatex too.

    Args:
        trace: the record.
        language: one of `handgrad.explain.LANGUAGES`.
        title: what stands above; empty for the usual title.
        remarks: sentences to be said of tensors, by their name.

    Raises:
        ValueError: the language does not exist.
    """
    vocabulary = words(language)
    prose = Prose([*trace.tensors, *trace.factors])
    blocks = page(trace, vocabulary, title, remarks or {})
    parts = [part for block in blocks for part in _written(block, prose, vocabulary)]
    start = f"% {'lualatex' if language == 'ja' else 'lualatex, or pdflatex'}\n{_CLASSES[language]}\n{_PREAMBLE}"
    return f"{start}\\begin{{document}}\n\n" + "\n\n".join(parts) + "\n\n\\end{document}\n"


def _written(block: object, prose: Prose, vocabulary: Words) -> Iterator[str]:
    match block:
        case Heading():
            yield _heading(block, prose)
        case Displayed():
            yield _aligned([_displayed(block)])
        case Equations(lines):
            yield _aligned([" = ".join(["".join((left, " &")), *others]) for left, *others in map(_MATH.sides, lines)])
        case Chain(gradient, factors):
            product = r" \cdot ".join(map(_MATH.symbol, factors))
            yield _aligned([f"{_MATH.symbol(gradient)} &= {product}"])
        case Wide():
            yield prose.write(wide_sentence(block, vocabulary))
            if block.numbers:
                yield rf"{{\small {', '.join(f'${_MATH.number(number)}$' for number in block.numbers)}\par}}"
        case Listing():
            yield _listing(block)
        case _:
            yield prose.write(getattr(block, "text", ""))


def _heading(heading: Heading, prose: Prose) -> str:
    text = prose.write(heading.text)
    if not heading.level:
        return rf"{{\LARGE\bfseries {text}\par}}"
    colour = rf"\color{{{heading.way}}}" if heading.way else ""
    return rf"{_LEVELS[heading.level]}{{{colour}{text}}}"


def _displayed(block: Displayed) -> str:
    """In one line, or where the matrices are broad with a line for each side."""
    sides = [_MATH.write(block.formula)] if block.formula is not None else []
    sides += [_MATH.items(block.items)] if block.items else []
    sides.append(_MATH.matrix(block.value))
    first = r"&\leftarrow" if block.sign == "←" else "&="
    broad = sum(side.count("&") for side in sides) >= _BROADEST
    joint = r" \\ &= " if broad else " = "
    return f"{_MATH.write(block.left)} {first} {joint.join(sides)}"


def _aligned(lines: list[str]) -> str:
    rows = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"


def _listing(block: Listing) -> str:
    numeric = [all(isinstance(cell, float | int) for cell in column) for column in zip(*block.rows, strict=True)]
    columns = "".join("r" if right else "l" for right in numeric)
    header, *rows = (" & ".join(map(_cell, row)) + r" \\" for row in (block.header, *block.rows))
    lines = [
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        header,
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    match cell:
        case str():
            return escaped(cell)
        case Symbol():
            return f"${_MATH.write(cell)}$"
        case Equation():
            return rf"$\displaystyle {' = '.join(_MATH.sides(cell))}$"
    return f"${_MATH.number(cell)}$"

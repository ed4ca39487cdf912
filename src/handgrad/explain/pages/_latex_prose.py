"""Text in LaTeX: names from outside do nothing there, and names of the record are set as formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable

from handgrad.explain.pages._latex_math import LatexMath
from handgrad.explain.pages._printable import printable

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "-": "-{}",  # two would become a dash
    "[": "{[}",  # would be the argument of a line's end
    "]": "{]}",
    "*": "{*}",
    **{character: f"\\{character}" for character in "$&#%_"},
}
_SIGNS = {
    "−": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "←": r"$\leftarrow$",
    "Σ": r"$\sum$",
    "η": r"$\eta$",
    "ℓ": r"$\ell$",
    "ᵀ": r"$^{\top}$",
    "′": "$'$",
    "∞": r"$\infty$",
    "…": r"\ldots{}",
    **{sign: f"$^{{{digit}}}$" for sign, digit in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)},
}
_CHARACTERS = str.maketrans({**_SPECIAL, **_SIGNS})


def escaped(text: str) -> str:
    r"""The text as LaTeX prints it: ``50 %`` is ``50 \%``."""
    return printable(text).translate(_CHARACTERS)


class Prose:
    """Sentences of a page.

    Args:
        names: what the record calls things; where a sentence has such a name it becomes a formula.
    """

    def __init__(self, names: Iterable[str]) -> None:
        longest_first = sorted((name for name in names if " " not in name), key=len, reverse=True)
        either = "|".join(map(re.escape, longest_first))
        self._name = re.compile(
            rf"(?<![\w/'’])(?:Σ_([a-z])|(\()?({either})(?(2)\))(?:_([a-z]+))?(ᵀ?))(?![\w/(])", re.ASCII
        )
        self._math = LatexMath()

    def write(self, text: str) -> str:
        """A paragraph."""
        written, end = "", 0
        for found in self._name.finditer(text):
            written += escaped(text[end : found.start()]) + self._formula(found)
            end = found.end()
        return written + escaped(text[end:])

    def _formula(self, found: re.Match[str]) -> str:
        summed, bracket, name, subscript, transposed = found.groups()
        if summed:
            return rf"$\sum_{{{summed}}}$"
        formula = self._math.symbol(name, subscript or "")
        if bracket and not subscript:
            formula = self._math.brackets(formula)
        return f"${formula}$" if not transposed else f"${formula}^{{\\top}}$"

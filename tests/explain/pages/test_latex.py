"""The page of a record as LaTeX: it is whole, escapes what comes from outside, and has the chapter's numbers."""

from __future__ import annotations

import re

import pytest

from handgrad.explain import LANGUAGES, chapter_example, to_latex, trace
from handgrad.explain.pages._latex_math import LatexMath
from handgrad.explain.pages._latex_prose import Prose, escaped
from handgrad.explain.pages._numerals import decimal_parts
from traced_runs import RUNS

RECORDS = [
    *(trace(run.steps, run.loss, run.x, run.target, learning_rate=0.01) for run in RUNS),
    trace(*chapter_example("relu"), learning_rate=0.001),
    trace(*chapter_example("sigmoid"), columns=[r"a_b%&#", r"${~^\x}", "[2]-- \x1b[31m\n"], target_name="t"),
]


def structure_errors(document: str) -> list[str]:
    """Unbalanced braces, \\left and \\right, dollars or environments, line by line of what TeX would see."""
    errors, opened = [], []
    plain = re.sub(r"\\[\\{}$&#%_]", "", re.sub(r"(?<!\\)%.*", "", document))
    depth = 0
    for brace in re.findall(r"[{}]", plain):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            errors.append("a brace closes what none opened")
    if depth:
        errors.append(f"{depth} braces stay open")
    if plain.count("$") % 2:
        errors.append("a dollar stays open")
    if len(re.findall(r"\\left\b", plain)) != len(re.findall(r"\\right\b", plain)):
        errors.append("a \\left has no \\right")
    for what, name in re.findall(r"\\(begin|end)\{([^}]*)\}", plain):
        if what == "begin":
            opened.append(name)
        elif not opened or opened.pop() != name:
            errors.append(f"{name} ends and was not open")
    return [*errors, *opened]


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_are_whole(language: str) -> None:
    for record in RECORDS:
        document = to_latex(record, language)
        assert structure_errors(document) == []
        assert document.rstrip().endswith(r"\end{document}")
        assert "ᵀ" not in document
        assert "−" not in document
        assert "\x1b" not in document


def test_check_of_the_structure_can_fail() -> None:
    assert structure_errors(r"{\left( x \right)") == ["1 braces stay open"]
    assert structure_errors(r"\begin{a}\end{b}") == ["b ends and was not open"]
    assert structure_errors(r"}$\left(") == [
        "a brace closes what none opened",
        "-1 braces stay open",
        *structure_errors(r"$\left("),
    ]


GOLDEN = [
    r"u_{1} &= W_{1} \, x + b_{1} = \begin{bmatrix} 3 & 1 & 2 \\ -2 & -3 & -1 \end{bmatrix} \, \begin{bmatrix} 2",
    r"= \begin{bmatrix} 11 \\ -14 \end{bmatrix}",
    r"L & = \left(20 - 33\right)^{2} = 169",
    r"\frac{\partial h_{1}}{\partial u_{1}} \cdot \frac{\partial u_{1}}{\partial W_{1}}",
    r"= 26 \cdot \begin{bmatrix} 11 & 0 \end{bmatrix} = \begin{bmatrix} 286 & 0 \end{bmatrix}",
    r"\begin{bmatrix} 156 & 234 & 78 \\ 0 & 0 & 0 \end{bmatrix}",
    r"W_{2} &\leftarrow W_{2} - \eta \cdot \frac{\partial L}{\partial W_{2}}",
    r"\section*{\color{backward}Backpropagation}",
]


@pytest.mark.parametrize("words", GOLDEN)
def test_document_of_the_chapter_has_its_numbers(words: str) -> None:
    assert words in to_latex(trace(*chapter_example("relu"), learning_rate=0.001))


def test_japanese_takes_a_class_that_sets_japanese() -> None:
    document = to_latex(trace(*chapter_example("relu")), "ja")
    assert r"\documentclass[a4paper]{ltjsarticle}" in document
    assert "順伝播" in document


def test_names_are_escaped_character_by_character() -> None:
    assert escaped(r"_%&#${}~^" + "\\") == (r"\_\%\&\#\$\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}")
    assert escaped("*5*") == "{*}5{*}"
    assert escaped("--[a]\n\x1b") == r"-{}-{}{[}a{]}\textbackslash{}n\textbackslash{}x1b"


def test_escaped_columns_stand_in_the_table() -> None:
    document = to_latex(RECORDS[-1])
    assert r"a\_b\%\&\#" in document
    assert r"\$\{\textasciitilde{}\textasciicircum{}\textbackslash{}x\}" in document


def test_names_of_the_record_become_formulas_in_sentences() -> None:
    prose = Prose(["x", "W1", "dL/du1", "h1"])
    assert prose.write("so W1ᵀ dL/du1 has (dL/du1)_i · (x)_j, 50 %: Σ_n") == (
        r"so $W_{1}^{\top}$ $\frac{\partial L}{\partial u_{1}}$ has "
        r"$\left(\frac{\partial L}{\partial u_{1}}\right)_{i}$ $\cdot$ $x_{j}$, 50 \%: $\sum_{n}$"
    )
    assert prose.write("xylophone, h10, don't") == "xylophone, h10, don't"


@pytest.mark.parametrize(
    ("name", "subscript", "latex"),
    [
        ("u1", "i", "u_{1,i}"),
        ("dL/dW12", "", r"\frac{\partial L}{\partial W_{12}}"),
        ("dℓ/dy", "1", r"\left(\frac{\partial \ell}{\partial y}\right)_{1}"),
        ("mean of z", "i", r"\text{mean}(z)_{i}"),
        ("W1 after", "ij", r"W^{\text{after}}_{1,ij}"),
        ("one_hot(t)", "k", r"\operatorname{onehot}(t)_{k}"),
        ("h1′", "", "h'_{1}"),
    ],
)
def test_letters(name: str, subscript: str, latex: str) -> None:
    assert LatexMath().symbol(name, subscript) == latex


@pytest.mark.parametrize(
    ("value", "latex"),
    [(-1.72463e-5, r"-1.72463 \times 10^{-5}"), (float("inf"), r"\infty"), (float("nan"), r"\text{NaN}"), (2.0, "2")],
)
def test_numbers(value: float, latex: str) -> None:
    assert LatexMath().number(value) == latex


def test_digits_are_those_of_the_text() -> None:
    assert decimal_parts(-0.0) == ("0", None)
    assert decimal_parts(123456789.0) == ("1.23457", 8)

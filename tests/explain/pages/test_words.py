"""What a line is made of: numbers, names, breaks, and formulas of one line."""

from __future__ import annotations

import dataclasses
import math
import string

import pytest

from handgrad.explain import LANGUAGES, Number, Operation, Symbol
from handgrad.explain._names import output_names
from handgrad.explain.pages._blocks import Matrix
from handgrad.explain.pages._lines import wrapped
from handgrad.explain.pages._numerals import is_rounded, numeral
from handgrad.explain.pages._plain_math import PlainMath
from handgrad.explain.pages._plain_matrix import items_picture, matrix_picture
from handgrad.explain.pages._printable import printable, shortened, width
from handgrad.explain.pages._words import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (33.0, "33"),
        (-14.0, "−14"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1e-4, "0.0001"),
        (-8.623169916939758e-05, "−8.62317×10⁻⁵"),
        (1.5e10, "1.5×10¹⁰"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
        (3, "3"),
    ],
)
def test_numerals(value: float, text: str) -> None:
    assert numeral(value) == text


def test_rounding_is_noticed() -> None:
    assert is_rounded(1 / 3)
    assert not is_rounded(0.5)
    assert not is_rounded(math.nan)


def test_what_is_not_to_be_seen_is_escaped() -> None:
    assert printable("a\tb\x1b[0m\u200b\u2028é色") == r"a\tb\x1b[0m\u200b\u2028é色"
    assert printable("\ud800") == r"\ud800"


def test_width_of_japanese_is_two_columns() -> None:
    assert width("色a") == 3
    assert width("e\u0301") == 1
    assert shortened("線形変換です", 7) == "線形変…"
    assert shortened("abc", 3) == "abc"


def test_japanese_breaks_between_characters_but_not_before_a_full_stop() -> None:
    assert list(wrapped("これは線形変換です。", 18)) == ["これは線形変換で", "す。"]
    assert list(wrapped("勾配（傾き）です", 6)) == ["勾配", "（傾", "き）で", "す"]


def test_lines_break_between_words_and_hang() -> None:
    assert list(wrapped("one two three", 8, "  ", hanging=2)) == ["  one two", "    three"]
    assert list(wrapped("a\xa0b c", 3)) == ["a\xa0b", "c"]


def test_words_ask_for_the_same_names_in_every_language() -> None:
    def asked(value: object) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(value) if name} if isinstance(value, str) else set()

    english = words("en")
    for language in LANGUAGES:
        for field in dataclasses.fields(english):
            own, other = getattr(words(language), field.name), getattr(english, field.name)
            assert asked(own) == asked(other), field.name
            assert len(own) == len(other) or isinstance(own, str)
    assert words("ja").ops.keys() == english.ops.keys()


A, B, MINUS = Symbol("a"), Symbol("b"), Number(-2.0)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Operation("multiply", (MINUS, A)), "(−2) · a"),
        (Operation("add", (MINUS, A, MINUS)), "−2 + a + (−2)"),
        (Operation("subtract", (A, Operation("add", (A, B)))), "a − (a + b)"),
        (Operation("divide", (A, Operation("add", (A, B)))), "a / (a + b)"),
        (Operation("divide", (Operation("sum", (Symbol("i"), A)), B)), "(Σ_i a) / b"),
        (Operation("divide", (A, Operation("divide", (A, B)))), "a / (a / b)"),
        (Operation("power", (Operation("subtract", (A, B)), Number(2))), "(a − b)²"),
        (Operation("power", (A, Number(3))), "a^3"),
        (Operation("power", (Operation("cosh", (A,)), Number(2))), "cosh(a)²"),
        (Operation("exp", (Operation("negative", (MINUS,)),)), "exp(−(−2))"),
        (Operation("transpose", (Symbol("dL/dy"),)), "(dL/dy)ᵀ"),
        (Operation("matmul", (Operation("transpose", (A,)), B)), "aᵀ b"),
        (Operation("matmul", (A, Symbol("dL/dy"))), "a · dL/dy"),
        (Operation("same", (Symbol("i"), Symbol("j"))), "[i = j]"),
        (Symbol("dL/dW1", "ij"), "(dL/dW1)_ij"),
    ],
)
def test_formulas_have_the_parentheses_that_they_need(expression: Operation, text: str) -> None:
    assert PlainMath().write(expression) == text


def test_long_sums_say_how_many_terms_they_leave_out() -> None:
    terms = tuple(Number(float(value)) for value in range(1, 11))
    assert PlainMath().write(Operation("add", terms)) == "1 + 2 + 3 + …(6)… + 10"
    assert PlainMath().write(Operation("add", terms[:8])) == "1 + 2 + 3 + 4 + 5 + 6 + 7 + 8"


def test_matrices_are_drawn_with_aligned_columns() -> None:
    assert matrix_picture(Matrix(((1.0, -10.0), (0.5, 2.0), (3.0, 4.0)))) == [
        "⎡   1  −10 ⎤",
        "⎢ 0.5    2 ⎥",
        "⎣   3    4 ⎦",
    ]
    assert matrix_picture(Matrix(((1.0, 2.0),))) == ["[ 1  2 ]"]
    assert items_picture((Matrix(((3.0,),)), Matrix(((-2.0,),)), "+", 0.5, Matrix(((1.0,), (2.0,))))) == [
        "3 · (−2) + 0.5 · ⎡ 1 ⎤",
        "                 ⎣ 2 ⎦",
    ]


def test_names_with_primes_are_kept_apart() -> None:
    assert output_names(["relu", "relu", "linear", "relu"]) == ["h0", "h0′", "u1", "y"]

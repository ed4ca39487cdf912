"""The page of a record as plain text: the chapter's numbers, nothing that the record does not have, nothing too wide."""

from __future__ import annotations

import re
from functools import partial

import pytest
import torch

from handgrad.explain import (
    LANGUAGES,
    Trace,
    chapter_example,
    chapter_remarks,
    chapter_title,
    text_lines,
    to_text,
    trace,
)
from handgrad.explain.pages._numerals import numeral
from handgrad.explain.pages._printable import width
from handgrad.nn import MLP
from handgrad.ops import cross_entropy, mse_loss
from traced_runs import RUNS, numbers

HOSTILE = "[bold red]x[/] \x1b[31m\n<script>\u202e \\textbf{y} 50%_&#$^~"


def chapter(activation: str = "relu", language: str = "en") -> str:
    record = trace(*chapter_example(activation, bias=activation == "sigmoid"), learning_rate=0.001)
    return to_text(
        record,
        language,
        title=chapter_title(activation, language),
        remarks=chapter_remarks(activation, language),
    )


def classifier(inputs: int = 3, hidden: int = 4, classes: int = 2, name: str = "red", rows: int = 0) -> Trace:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = MLP(inputs, [hidden], classes)
    x = numbers(rows, inputs).float() if rows else numbers(inputs).float()
    target = torch.arange(rows) % classes if rows else torch.tensor(1)
    columns = [f"{name} {place}" for place in range(inputs)]
    labels = {"columns": columns, "classes": [f"{name} {place}" for place in range(classes)], "sample": name}
    return trace(net, cross_entropy, x, target, learning_rate=0.1, **labels)


GOLDEN = [
    "    u1_1 = 3 · 2 + 1 · 3 + 2 · 1 = 11",
    "    u1_2 = (−2) · 2 + (−3) · 3 + (−1) · 1 = −14",
    "    h1_1 = max(0, 11) = 11",
    "    h1_2 = max(0, −14) = 0",
    "    y = 3 · 11 + 2 · 0 = 33",
    "    L = (20 − 33)² = 169",
    "    dL/dy = 26",
    "    dy/dh1 = W2 = [ 3  2 ]",
    "    dy/dW2 = h1ᵀ = [ 11  0 ]",
    "    (dh1/du1)_1 = [11 > 0] = 1",
    "    (dh1/du1)_2 = [−14 > 0] = 0",
    "    du1/dW1 = xᵀ = [ 2  3  1 ]",
    "    dL/dW1 = dL/dy · dy/dh1 · dh1/du1 · du1/dW1",
    "    dL/dW2 = dL/dy · h1ᵀ = 26 · [ 11  0 ] = [ 286  0 ]",
    "    dL/dW1 = dL/du1 · xᵀ = ⎡ 78 ⎤ [ 2  3  1 ] = ⎡ 156  234  78 ⎤",
    "                           ⎣  0 ⎦               ⎣   0    0   0 ⎦",
    "       = ⎡ 2.844  0.766  1.922 ⎤",
    "    W2 ← W2 − η · dL/dW2 = [ 3  2 ] − 0.001 · [ 286  0 ] = [ 2.714  2 ]",
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_of_the_chapter_has_its_numbers(language: str) -> None:
    lines = chapter("relu", language).splitlines()
    assert [line for line in GOLDEN if line not in lines] == []


def test_misprint_of_the_chapter_is_told_beside_the_number() -> None:
    text = chapter("relu", "en")
    assert text.index("The chapter prints −11") > text.index("= −14")
    assert "−11 と印刷されていますが" in chapter("relu", "ja")


SIGMOID = [
    *("y   = 1 / (1 + exp(−2.99995)) = 0.952572", "dL/dy     = −38.0949", "= 0.0451786"),
    *("dL/du2     = (−38.0949) · 0.0451786 = −1.72107", "[ −1.72105  −1.43112×10⁻⁶ ]", "du2/dh1 = W2 = [ 3  2 ]"),
    *("(dL/dW1)_11 = (−8.62317×10⁻⁵) · 2 = −0.000172463", "dL/dW1 = dL/dy · dy/du2 · du2/dh1 · dh1/du1 · du1/dW1"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", SIGMOID)
def test_page_of_the_sigmoid_path_has_its_numbers(words: str, language: str) -> None:
    assert words in chapter("sigmoid", language)


def test_every_section_is_in_both_languages() -> None:
    for language, words in (
        (
            "en",
            [
                "The network",
                "Forward computation",
                "chain rule",
                "Backpropagation",
                "Why the transpose?",
                "dead",
                "η =",
            ],
        ),
        (
            "ja",
            ["ネットワーク", "順伝播", "連鎖律", "誤差逆伝播法", "なぜ転置するのか", "死んだユニット", "学習率 η ="],
        ),
    ):
        text = chapter("relu", language)
        assert [word for word in words if word not in text] == []


RECORDS = [
    *(trace(run.steps, run.loss, run.x, run.target, learning_rate=0.01) for run in RUNS),
    classifier(),
    classifier(rows=5),
    classifier(rows=5).mean(),
    classifier(rows=5).sample(3),
    classifier(64, 128, 10),
    classifier(8, 8, 8),
    classifier(30, 3, 20, rows=40),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_fit_into_80_columns(language: str) -> None:
    for record in RECORDS:
        assert [line for line in to_text(record, language).splitlines() if width(line) > 80] == []


NUMERAL = re.compile(r"(?<![\w./⁻])\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?(?![\w/])")


def test_every_number_of_an_equation_is_one_of_the_record() -> None:
    for record in RECORDS:
        known = {numeral(abs(number)) for values in record.tensors.values() for number in values.data}
        for values in record.tensors.values():
            summary = values.summary()
            known |= {numeral(abs(number)) for number in (summary.minimum, summary.median, summary.maximum)}
        known |= {numeral(record.steps[-1].divisor), numeral(record.learning_rate or 0)}
        places = {str(place) for place in range(1, 1 + max(values.size for values in record.tensors.values()))}
        for line in to_text(record).splitlines():
            found = set(NUMERAL.findall(line)) if line.startswith("    ") else set()
            assert found <= known | places | {"0"}, line


def test_names_from_outside_are_shown_and_do_nothing() -> None:
    text = to_text(classifier(name=HOSTILE))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"[bold red]x[/] \x1b[31m\n<script>\u202e" in text


def test_wide_net_is_summed_up_and_says_so() -> None:
    record = classifier(64, 128, 10)
    text = to_text(record)
    flat = " ".join(text.split())
    summary = record["W1"].summary()
    assert (
        f"W1 has 128 × 64 = 8192 numbers: smallest {numeral(summary.minimum)}, median {numeral(summary.median)}" in flat
    )
    assert "The 24 of 64 columns in which x is largest in size; the record has all of them." in flat
    assert "W1 after the update has 128 × 64 = 8192 numbers" in flat
    assert "更新後の W1 には 128 × 64" in to_text(record, "ja")
    assert "…(61)…" in text
    assert "…(k)… stands for k terms that are left out" in flat
    assert len(text.splitlines()) < 400


def test_matrix_too_wide_for_the_page_is_written_row_by_row() -> None:
    record = classifier(8, 8, 8)
    text = to_text(record)
    assert [number for number in record["W2"].data if numeral(number) not in text] == []
    part = text[text.index("    dy/dh1 = W2") : text.index("dy/db2 = 1")]
    assert part.count("[ ") == 8 + 1  # the rows of W2, and h1ᵀ below it


def test_prediction_is_told_in_the_words_of_the_table() -> None:
    record = classifier()
    text = to_text(record)
    p = record["p"].data
    assert f"p = {numeral(max(p))}" in text
    assert "Target: red 1." in text
    verdict = "Right." if p[1] > p[0] else "Wrong."
    assert verdict in text
    assert "red 1" in [line.strip()[:5] for line in text.splitlines()]


def test_batch_lists_its_samples() -> None:
    text = to_text(classifier(rows=30))
    assert "A batch of 30 samples" in text
    assert "The first 24 of 30 samples" in text
    assert "Why the sum over the batch?" in text


def test_mean_puts_no_numbers_into_what_is_not_linear() -> None:
    text = to_text(classifier(rows=5).mean())
    assert "h1_1 = max" not in text
    assert "h1_i = max(0, u1_i)" in text
    assert "L = (Σ_n ℓ_n) / N" in text


def test_loss_of_one_sample_of_a_batch_is_still_that_of_all() -> None:
    record = classifier(rows=5)
    text = to_text(record.sample(3))
    assert "Sample 4 of a batch of 5" in text
    assert "L = (Σ_n ℓ_n) / N" in text
    assert numeral(record["L"].data[0]) in text


def test_values_that_are_not_finite_are_counted() -> None:
    x = numbers(64)
    x[3] = torch.nan
    text = to_text(trace(MLP(64, [4], 1, dtype=torch.float64), mse_loss, x, torch.zeros(1).double()))
    assert "1 of them are NaN or infinite" in " ".join(text.split())


def test_update_too_small_to_be_seen_is_told() -> None:
    text = " ".join(chapter("sigmoid").split())
    assert "W1 changes by less than the digits that are written here show." in text
    assert "W2 changes by less" not in text


def test_without_a_learning_rate_there_is_no_update() -> None:
    assert "The update" not in to_text(trace(*chapter_example()))


def test_frozen_parameters_are_named() -> None:
    example = chapter_example(bias=False)
    example.net[0][1].weight.requires_grad_(False)
    assert "W1 is frozen" in to_text(trace(*example))


def test_sections_go_the_way_that_the_chapter_colours() -> None:
    lines = text_lines(trace(*chapter_example()))
    ways = {line.text: line.way for line in lines if line.heading}
    assert ways["Forward computation"] == "forward"
    assert ways["Backpropagation"] == "backward"
    assert ways["The network"] == ""
    assert [line.way for line in lines if "h1_2 = max" in line.text] == ["forward"]


@pytest.mark.parametrize("render", [to_text, partial(chapter_title, "relu"), partial(chapter_remarks, "relu")])
def test_languages_that_do_not_exist_are_refused(render) -> None:
    arguments = (trace(*chapter_example()), "fr") if render is to_text else ("fr",)
    with pytest.raises(ValueError, match="language must be one of en, ja, got 'fr'"):
        render(*arguments)

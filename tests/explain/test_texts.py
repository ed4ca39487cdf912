"""Every note has its sentence in every language, with the sizes of the run in it."""

from __future__ import annotations

import pytest
import torch

from handgrad.explain import LANGUAGES, NOTES, Note, chapter_example, say, trace
from handgrad.ops import mse_loss, relu
from traced_runs import RUNS, linear_step, numbers

RECORDS = [
    *(trace(run.steps, run.loss, run.x, run.target) for run in RUNS),
    trace(*chapter_example("relu")),
    trace([("layers.0 linear", linear_step(2, 2, 0)), ("layers.0 relu", relu)], mse_loss, numbers(2), numbers(2)),
    trace([("layers.0 relu", relu)], mse_loss, torch.zeros(2), torch.zeros(2)),
]
FOUND = [note for record in RECORDS for step in record.steps for note in step.notes]


def test_runs_have_every_note() -> None:
    assert {note.key for note in FOUND} == set(NOTES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_note_has_a_sentence(language: str) -> None:
    for note in FOUND:
        sentence = say(note, language)
        assert sentence.endswith({"en": ".", "ja": "。"}[language])
        assert all(str(note.values[size]) in sentence for size in ("inputs", "outputs", "of") if size in note.values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_transpose_of_a_batch_names_the_sizes(language: str) -> None:
    values = {"variable": "W1", "upstream": "dL/du1", "input": "x", "batch": 4, "inputs": 3, "outputs": 2}
    assert "(2 × 4) (4 × 3) = 2 × 3" in say(Note("transpose", values), language)


def test_dead_units_of_the_chapter() -> None:
    (note,) = trace(*chapter_example()).steps[1].notes
    assert say(note, "en").startswith("Unit 2 of 2 is dead here")
    assert "ユニット 2 は" in say(note, "ja")
    assert say(Note("dead", {"units": (1, 3), "of": 4}), "en").startswith("Units 1, 3 of 4 are dead here: their")


def test_unknown_languages_and_notes_are_refused() -> None:
    with pytest.raises(ValueError, match="language must be one of en, ja, got 'fr'"):
        say(FOUND[0], "fr")
    with pytest.raises(ValueError, match="got 'rumour'"):
        say(Note("rumour"), "en")

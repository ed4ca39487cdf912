"""The exercises: what is handed out is wrong, and can be made right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import exercises
from checking.arguments import arguments, check_arguments
from checking.lab import as_options, exercise_named, hand_out, listed, remark
from exercise_solutions import CAUSES, SOLUTIONS
from exercises import EXERCISES, Exercise
from handgrad import laws
from ranges import ConfigurationError

Start = Callable[..., subprocess.CompletedProcess[str]]
over_exercises = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


def solved(exercise: Exercise, text: str) -> str:
    lines = SOLUTIONS[exercise.name]
    for wrong, right in zip(lines[::2], lines[1::2], strict=True):
        assert text.count(wrong) == 1
        text = text.replace(wrong, right)
    return text


def judged(exercise: Exercise) -> laws.Report:
    """What check.py does with the file in the working folder."""
    options = as_options(exercise)
    check_arguments("inputs", options["inputs"])
    drawn = arguments(options["inputs"], "float64", "cpu", torch.Generator().manual_seed(0))
    oracle = laws.load_target(options["oracle"])
    return laws.check(laws.load_target(options["target"]), drawn, oracle=oracle, laws=options["laws"])


@over_exercises
def test_what_is_handed_out_is_unlawful_and_its_solution_lawful(
    exercise: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    hand_out(exercise)
    (path,) = tmp_path.glob("*.py")
    report = judged(exercise)
    assert not report.lawful
    assert report.cause == CAUSES[exercise.name]
    path.write_text(solved(exercise, path.read_text()))
    report = judged(exercise)
    assert report.lawful, str(report)
    assert report.verdicts["vjp"].status is laws.Status.HOLDS
    assert report.verdicts["value"].status is laws.Status.HOLDS


@over_exercises
def test_an_exercise_can_be_solved_from_the_top_of_its_file(exercise: Exercise) -> None:
    text = Path(exercises.__file__).with_name(f"{exercise.name}.py").read_text()
    top = text.split('"""')[1]
    assert top.startswith(f"Exercise {EXERCISES.index(exercise) + 1}: ")
    assert [heading for heading in ("Definition", "Derivation", "Products") if f"\n{heading} " in top] == [
        "Definition",
        "Derivation",
        "Products",
    ]
    assert f"python scripts/check.py exercise={exercise.name}" in top.replace("\n", " ")
    assert len(exercise.hints) == 3


def test_there_are_ten_with_names_of_their_own() -> None:
    assert len({exercise.name for exercise in EXERCISES}) == 10
    assert all(exercise.name in listed() for exercise in EXERCISES)
    assert exercise_named("relu").name == "relu"


def test_a_misspelt_exercise_is_answered_with_the_near_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"got 'sofmax'\. Did you mean softmax"):
        exercise_named("sofmax")


def test_a_file_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exercise_relu.py").write_text("my work")
    assert hand_out(exercise_named("relu")) is None
    assert (tmp_path / "exercise_relu.py").read_text() == "my work"


def test_hints_come_one_by_one_and_a_solution_leads_on() -> None:
    first, last = EXERCISES[0], EXERCISES[-1]
    assert remark(first, lawful=False, hints=0) == "Not yet. For a hint: python scripts/check.py exercise=mse hint=1"
    assert remark(first, lawful=False, hints=1).splitlines()[0] == f"Hint 1: {first.hints[0]}"
    assert remark(first, lawful=False, hints=1).endswith("another hint: python scripts/check.py exercise=mse hint=2")
    assert remark(first, lawful=False, hints=3).endswith(
        "the judge's own diagnosis: python scripts/check.py exercise=mse hint=4"
    )
    assert remark(first, lawful=False, hints=9).splitlines() == [f"Hint {n + 1}: {first.hints[n]}" for n in range(3)]
    assert f"exercise={EXERCISES[1].name}" in remark(first, lawful=True, hints=0)
    assert "Congratulations" in remark(last, lawful=True, hints=0)


@pytest.mark.slow
def test_an_exercise_is_handed_out_marked_and_solved(start: Start, tmp_path: Path) -> None:
    done = start("check.py", "exercise=softmax")
    assert (done.returncode, done.stderr) == (0, "")
    assert "exercise 6 of 10" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["exercise_softmax.py"]
    done = start("check.py", "exercise=softmax", "hint=1")
    assert (done.returncode, done.stderr) == (1, "")
    assert "SoftmaxFunction.apply is unlawful" in done.stdout
    assert "Hint 1: " in done.stdout
    assert laws.CAUSES["off_diagonal_missing"] not in done.stdout
    assert laws.CAUSES["off_diagonal_missing"] in start("check.py", "exercise=softmax", "hint=4").stdout
    path = tmp_path / "exercise_softmax.py"
    path.write_text(solved(exercise_named("softmax"), path.read_text()))
    done = start("check.py", "exercise=softmax")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Solved: softmax" in done.stdout

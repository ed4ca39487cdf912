"""The break-it lab: hand out a wrong gradient as a file, and mark it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import exercises
from exercises import EXERCISES, Exercise
from near_matches import did_you_mean
from ranges import ConfigurationError

LINE = "python scripts/check.py exercise="


def exercise_named(name: str) -> Exercise:
    """The exercise of that name.

    Raises:
        ConfigurationError: there is none; with the near matches.
    """
    for exercise in EXERCISES:
        if exercise.name == name:
            return exercise
    names = [exercise.name for exercise in EXERCISES]
    raise ConfigurationError(
        f"exercise must be list or one of {', '.join(names)}, got {name!r}.{did_you_mean(name, names)}"
    )


def listed() -> str:
    """All exercises, from easy to hard."""
    lines = [f"{number:2}  {exercise.name:14} {exercise.title}" for number, exercise in enumerate(EXERCISES, 1)]
    return "\n".join(["Gradients to repair, from easy to hard:", *lines, f"Begin with {LINE}{EXERCISES[0].name}"])


def hand_out(exercise: Exercise) -> str | None:
    """Write the exercise into the working folder and say how to go on; None where its file is there already."""
    path = _file(exercise)
    if path.exists():
        return None
    source = Path(exercises.__file__).with_name(f"{exercise.name}.py").read_text()
    path.write_text(source)
    return (
        f"{path} holds exercise {_number(exercise)} of {len(EXERCISES)}: {exercise.title}.\n"
        f"Read it, repair it, and let it be marked: {LINE}{exercise.name}"
    )


def as_options(exercise: Exercise) -> dict[str, Any]:
    """What check.py judges the file by."""
    return {
        "target": f"{_file(exercise)}:{exercise.function}",
        "oracle": exercise.oracle,
        "inputs": exercise.inputs,
        "laws": list(exercise.laws),
    }


def remark(exercise: Exercise, lawful: bool, hints: int) -> str:
    """What the learner is told after the verdict.

    Args:
        exercise: what was judged.
        lawful: whether it is solved.
        hints: how many hints are shown.
    """
    number = _number(exercise)
    if lawful and number == len(EXERCISES):
        return f"Solved: {exercise.title}. That was the hardest one. Congratulations!"
    if lawful:
        return f"Solved: {exercise.title}. Well done! The next one: {LINE}{EXERCISES[number].name}"
    shown = [f"Hint {place}: {hint}" for place, hint in enumerate(exercise.hints[:hints], 1)]
    if not is_told(exercise, hints):
        more = "another hint" if hints < len(exercise.hints) else "the judge's own diagnosis"
        shown.append(f"Not yet. For {more if hints else 'a hint'}: {LINE}{exercise.name} hint={hints + 1}")
    return "\n".join(shown)


def is_told(exercise: Exercise, hints: int) -> bool:
    """Whether the judge's own diagnosis, which gives it away, is shown: after the last hint."""
    return hints > len(exercise.hints)


def _file(exercise: Exercise) -> Path:
    return Path(f"exercise_{exercise.name}.py")


def _number(exercise: Exercise) -> int:
    return EXERCISES.index(exercise) + 1

"""readme=true: the tables of a suite come into their place, and nothing else changes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import readme
from benchmarks.report import Table
from ranges import ConfigurationError

Start = Callable[..., subprocess.CompletedProcess[str]]
PLACE = "<!-- steps: begin (python scripts/bench.py suite=steps readme=true) -->\n{}<!-- steps: end -->\n"
ABOUT = {
    "machine": {"processor": "A processor", "threads": 1, "cores": 2},
    "versions": {"torch": "2.13.0"},
    "commit": f"{0x1234567:040x} with changes",
}


def test_the_tables_are_written_between_the_two_comments(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("before\n" + PLACE.format("old\n") + "after \\1\n")
    table = Table("A step, µs", ["", "tiny", "large"], [["ours \\1", "1", "20"], ["theirs", "3", "–"]], "medians")
    for _ in range(2):
        readme.write(path, "steps", ABOUT, [table])
    assert (
        path.read_text()
        == "before\n"
        + PLACE.format(
            "A step, µs:\n\n"
            "|  | tiny | large |\n| --- | ---: | ---: |\n| ours \\1 | 1 | 20 |\n| theirs | 3 | – |\n\n"
            "medians.\n\n"
            "A processor, 1 of 2 cores, torch 2.13.0, commit 00000000 with changes.\n"
        )
        + "after \\1\n"
    )


def test_only_suites_with_a_place_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(PLACE.format(""))
    assert readme.with_places(path, ["ops", "steps", "memory"]) == ("steps",)


def test_without_a_place_it_says_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("nothing\n")
    with pytest.raises(
        ConfigurationError, match=r"no place for suite=memory.*<!-- memory: begin .* -->.*<!-- memory: end -->"
    ):
        readme.with_places(path, ["memory"])


def test_a_suite_without_a_place_is_refused_before_anything_is_measured(start: Start) -> None:
    done = start("bench.py", "suite=imports", "readme=true")
    assert done.returncode == 1
    assert done.stderr.startswith("bench.py: readme=true: README.md has no place for suite=imports.")
    assert not done.stdout


def test_a_quick_run_is_no_measurement_for_the_readme(start: Start) -> None:
    done = start("bench.py", "suite=steps", "readme=true", "quick=true")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "bench.py: readme=true is for whole measurements: leave quick=true out.\n"

"""scripts/explain.py as a process: what it leaves behind, what it prints, what it refuses."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
Start = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = {"torch", "lightning", "handgrad", "sklearn", "matplotlib", "numpy", "rich"}


def imported(done: subprocess.CompletedProcess[str]) -> set[str]:
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if not line.startswith("import time:")]


def test_an_experiment_leaves_its_files_and_says_what_to_see(start: Start, tmp_path: Path) -> None:
    done = start("explain.py", "experiment=descent", "language=ja", "descent.draws=10", "descent.runs=2")
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = (tmp_path / "outputs").glob("*/*")
    names = {"descent.svg", "descent.png", "descent.csv", "descent.txt", "descent_steps.csv"}
    assert names <= {path.name for path in run.iterdir()}
    with (run / "descent_steps.csv").open(newline="") as file:
        steps = [float(row["w"]) for row in csv.DictReader(file) if row["run"] == "chapter"]
    assert steps == [3.0, 1.5, 2.0]
    assert "教材の手順" in done.stdout
    assert "教材の手順" in (run / "descent.txt").read_text(encoding="utf-8")
    assert str(run.relative_to(tmp_path) / "descent.png") in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"outputs"}


def test_the_users_own_table_is_looked_at(start: Start, tmp_path: Path) -> None:
    rows = [f"{n % 7},{n + 20 * (n % 2)},{'ab'[n % 2]}" for n in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join(["width,height,kind", *rows]) + "\n")
    line = ["experiment=surface", "data=csv", "data.path=rows.csv", "data.target=kind", "data.batch_size=8"]
    reduced = ["surface.features=[width,height]", "surface.epochs=3", "surface.snapshots=[0,3]", "surface.grid=5"]
    done = start("explain.py", *line, *reduced, "output_dir=out")
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"rows.csv", "out"}
    assert "width" in (tmp_path / "out" / "surface_boundary.csv").read_text().splitlines()[0]


def test_a_run_is_looked_at_and_without_one_a_run_is_trained_to_look_at(start: Start, tmp_path: Path) -> None:
    reduced = 'experiment.demonstration=["data=iris","trainer.max_epochs=2"]'
    done = start("explain.py", "experiment=health", reduced, "output_dir=out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "python scripts/train.py data=iris trainer.max_epochs=2" in done.stdout
    assert (tmp_path / "out" / "health.png").is_file()
    again = start("explain.py", "experiment=health", "run=out/demonstration", "output_dir=again")
    assert (again.returncode, again.stderr) == (0, "")
    assert (tmp_path / "again" / "health.csv").read_bytes() == (tmp_path / "out" / "health.csv").read_bytes()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([], "say which: experiment=… is one of vanishing, descent, surface, health"),
        (["experiment=vanishin"], "experiment=vanishin is unknown; experiment is one of"),
        (["experiment=descent", "language=fr"], "language must be one of en, ja, got 'fr'."),
        (["experiment=descent", "descent.rate=[1]"], "Did you mean descent.rates?"),
        (["experiment=vanishing", "vanishing.depths=[0]"], "vanishing.depths must be a list, each of it at least 1"),
        (["experiment=health", "run=none"], "run: there is no file 'none/metrics.csv'"),
        (["langage=ja"], "langage is unknown. Did you mean language?"),
    ],
)
def test_a_slip_is_answered_before_anything_heavy_is_imported(
    line: list[str], words: str, start: Start, tmp_path: Path
) -> None:
    done = start("explain.py", *line, before=("-X", "importtime"))
    (sentence,) = said(done)
    assert sentence.startswith("explain.py: ")
    assert words in sentence
    assert done.returncode == 1
    assert not imported(done) & HEAVY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["experiment=surface", "data=diabetes"], "experiment=surface is about classes, and 'progression' is a number"),
        (["experiment=surface", "surface.features=[alcool,hue]"], "did you mean 'alcohol'"),
    ],
)
def test_what_does_not_fit_the_data_is_one_sentence(line: list[str], words: str, start: Start) -> None:
    done = start("explain.py", *line)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_help_lists_the_experiments_and_imports_nothing_heavy(start: Start, tmp_path: Path) -> None:
    done = start("explain.py", "--help", before=("-X", "importtime"))
    assert (done.returncode, said(done)) == (0, [])
    assert "experiment=vanishing" in done.stdout
    assert "depths:" in done.stdout
    assert not imported(done) & HEAVY
    assert list(tmp_path.iterdir()) == []

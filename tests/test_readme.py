"""The README says what is so: its example prints what it shows, and its two lines are there for .ci/run."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_the_example_prints_the_numbers_below_it() -> None:
    example, shown = blocks("python")[0], blocks("text")[0]
    assert len([line for line in example.splitlines() if line]) <= 15
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {})
    assert printed.getvalue() == shown


def test_two_lines_install_and_train_and_install_and_test() -> None:
    train, test = re.findall(r"^pip install .*", README, flags=re.MULTILINE)
    assert train.endswith("&& python scripts/train.py")
    assert "[test]" in train + test
    assert "&& pytest" in test


def test_it_can_be_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= 180

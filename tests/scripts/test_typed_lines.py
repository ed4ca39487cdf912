from __future__ import annotations

import shlex
import sys

import pytest

from typed_lines import PREDICT, train_line


def test_the_line_is_the_one_that_was_typed_quoted_for_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["scripts/train.py", "model.hidden=[8,4]", "data.path=my rows.csv"]
    monkeypatch.setattr(sys, "argv", line)
    assert shlex.split(train_line()) == ["python", *line]
    assert "'data.path=my rows.csv'" in train_line()


def test_predicting_has_a_place_for_the_checkpoint() -> None:
    assert PREDICT.format(checkpoint="best.ckpt").startswith("python scripts/predict.py ckpt_path=best.ckpt ")

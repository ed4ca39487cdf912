"""Rows with their targets from a file, for a trained task."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from handgrad.nn import MLP
from handgrad.training import Classifier, DataError, Regressor, read_labelled_rows

CLASSIFIER = Classifier(MLP(2, [3], 2), ["white", "red"], ["age", "alcohol"], target="colour")
REGRESSOR = Regressor(MLP(2, [3], 1), "price", ["age", "alcohol"])


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_classes_are_numbered_as_in_training_whatever_the_file_has(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.csv", "colour,alcohol,note,age\nred,14,x,3\nred,12,y,5\n")
    rows = read_labelled_rows(path, CLASSIFIER)
    assert rows.x.tolist() == [[3, 14], [5, 12]]
    assert rows.y.tolist() == [1, 1]
    assert rows.y.dtype == torch.int64


def test_values_are_read_in_their_own_units(tmp_path: Path) -> None:
    rows = read_labelled_rows(written(tmp_path / "rows.csv", "age,alcohol,price\n3,14,9.5\n"), REGRESSOR)
    assert rows.y.tolist() == [9.5]
    assert rows.y.dtype == torch.float32


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "age,alcohol,colour\n3,14,rde\n",
            "expected a class of 'colour' out of 'white', 'red', got 'rde'. Did you mean 'red'",
        ),
        ("age,alcohol\n3,14\n", "missing: 'colour'"),
        ("age,colour\n3,red\n", "missing: 'alcohol'"),
        ("age,alcohol,colour\n3,strong,red\n", "got text: column 'alcohol'"),
        ("age,alcohol,colour\n", "expected rows below the header"),
    ],
)
def test_what_does_not_fit_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words.replace("(", r"\(")):
        read_labelled_rows(written(tmp_path / "rows.csv", text), CLASSIFIER)

from __future__ import annotations

from pathlib import Path

import pytest

from handgrad.training import CheckpointError, CSVDataModule, DataError, load_task
from mistakes import is_mistake, sentence
from rules import require_file


def read(path: Path) -> None:
    """Use the file as what its name says it is."""
    if path.suffix == ".ckpt":
        load_task(path)
    else:
        CSVDataModule(path, target="kind").prepare()


@pytest.mark.parametrize(
    ("file", "what", "words"),
    [
        ("bad.ckpt", "hello", "expected a checkpoint that handgrad wrote"),
        ("bad.csv", "width,kind\n1,a\nwide,b\n", "'width'"),
        ("bad.csv", "width,height\n1,2\n", "'kind'"),
    ],
)
def test_what_the_library_refuses_is_the_users_to_mend(file: str, what: str, words: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(what)
    with pytest.raises((DataError, CheckpointError), match=words) as caught:
        read(tmp_path / file)
    assert is_mistake(caught.value)
    assert sentence(caught.value) == str(caught.value)


def test_a_missing_file_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="ckpt_path: there is no file") as caught:
        require_file("ckpt_path", str(tmp_path / "none.ckpt"))
    assert is_mistake(caught.value)


def test_an_error_from_elsewhere_is_a_bug() -> None:
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int("a")
    assert not is_mistake(caught.value)
    assert not is_mistake(TypeError("a bug"))

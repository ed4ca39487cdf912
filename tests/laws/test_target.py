from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from handgrad.laws import TargetError, load_target

MODULE = """
import torch
from {stem}_beside import two

class Double(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return two * x

class Box:
    def double(x):
        return two * x

number = 3
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file with a function that imports from beside it; leaves no trace."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "target_file_beside.py").write_text("two = 2")
    path = tmp_path / "target_file.py"
    path.write_text(MODULE.format(stem="target_file"))
    yield path
    for name in [name for name in sys.modules if name.startswith("target_file")]:
        del sys.modules[name]


def test_a_module_and_an_attribute_lead_to_the_function() -> None:
    assert load_target("torch.nn.functional:softplus") is torch.nn.functional.softplus
    assert load_target("torch:Tensor.sigmoid") is torch.Tensor.sigmoid


def test_a_file_leads_to_the_function_and_a_function_class_to_its_apply(file: Path) -> None:
    x = torch.ones(2)
    assert torch.equal(load_target(f"{file}:Double.forward")(x), 2 * x)
    assert torch.equal(load_target(f"{file}:Box.double")(x), 2 * x)
    apply = load_target(f"{file}:Double")
    assert (apply.__self__.__name__, apply.__name__) == ("Double", "apply")


def test_a_file_is_read_anew_after_it_was_changed(file: Path) -> None:
    load_target(f"{file}:Double")
    file.write_text("def Double(x):\n    return 3 * x\n")
    assert load_target(f"{file}:Double")(1) == 3


def test_a_module_class_stands_for_a_module_made_without_arguments() -> None:
    assert isinstance(load_target("torch.nn:GELU"), torch.nn.GELU)
    with pytest.raises(TargetError, match=r"torch\.nn:Linear needs arguments to be made \(.*'in_features'"):
        load_target("torch.nn:Linear")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("sigmoid", "target must be module:function or file.py:function, got 'sigmoid'."),
        (":f", "target must be module:function"),
        ("torch:", "target must be module:function"),
        ("no_such_module:f", "there is no module 'no_such_module' (from "),
        ("torch.no_such:f", "there is no module 'torch.no_such' (from "),
        ("no_such_file.py:f", "there is no file 'no_such_file.py' (from "),
        ("torch:sigmoidd", "torch has no 'sigmoidd'. Did you mean sigmoid"),
        ("torch:nn.nothing", "torch has no 'nn.nothing'."),
        ("torch:pi", "torch:pi must be a function, got float."),
        ("..:f", "does not import"),
    ],
)
def test_what_leads_nowhere_is_answered_in_a_sentence(target: str, words: str) -> None:
    with pytest.raises(TargetError) as caught:
        load_target(target)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import torch\n1 / 0\n", "does not import: ZeroDivisionError: division by zero (target_file.py, line 2)"),
        ("def f(:\n", "does not import: SyntaxError: invalid syntax (target_file.py, line 1)"),
        (
            "import no_such_package\n",
            "does not import: ModuleNotFoundError: No module named 'no_such_package' (target_f",
        ),
        ("raise SystemExit(3)\n", "does not import: SystemExit: 3 (target_file.py, line 1)"),
        ("raise ValueError\n", "does not import: ValueError (target_file.py, line 1)"),
    ],
)
def test_a_file_that_does_not_import_is_answered_with_the_line(text: str, words: str, file: Path) -> None:
    file.write_text(text)
    with pytest.raises(TargetError) as caught:
        load_target(f"{file}:f")
    assert words in str(caught.value)
    assert "target_file" not in sys.modules


def test_a_file_named_as_another_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("def f(x): return x")
    with pytest.raises(
        TargetError, match="has the name of another module, torch, and would stand for it; rename the file"
    ):
        load_target(f"{tmp_path / 'torch.py'}:f")

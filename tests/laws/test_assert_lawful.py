from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from handgrad import laws
from handgrad.laws import LAWS


class HalfGradient(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return 2 * x

    @staticmethod
    def setup_context(ctx: object, inputs: tuple[Tensor], output: Tensor) -> None:
        pass

    @staticmethod
    def backward(ctx: object, grad_y: Tensor) -> Tensor:
        return grad_y


@pytest.mark.parametrize("law", laws.law_names("reverse"))
def test_a_test_a_law(law: str) -> None:
    laws.assert_lawful(torch.sigmoid, torch.randn(3, dtype=torch.float64), laws=[law])


def test_the_failure_is_the_report() -> None:
    x = torch.ones(2, dtype=torch.float64)
    with pytest.raises(AssertionError) as caught:
        laws.assert_lawful(HalfGradient.apply, x)
    assert str(caught.value) == str(laws.check(HalfGradient.apply, x))
    assert "HalfGradient.apply is unlawful" in str(caught.value)
    assert "expected" in str(caught.value)


def test_what_check_takes_is_taken() -> None:
    x = torch.ones(2, dtype=torch.float64)
    laws.assert_lawful(HalfGradient.apply, x, laws=["vjp"], waive={"vjp": "a surrogate"}, strict=True, seed=3)
    laws.assert_lawful(
        torch.nn.functional.softplus, x, kwargs={"beta": 2}, oracle=torch.nn.functional.softplus, laws=["vjp"]
    )


def test_law_names_are_those_that_check_tries() -> None:
    assert laws.law_names() == [law.name for law in LAWS if not law.slow]
    assert laws.law_names("all") == [law.name for law in LAWS]
    with pytest.raises(ValueError, match="vpj"):
        laws.law_names(["vpj"])


def test_pytest_shows_the_line_of_the_test_and_the_diagnosis(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import torch\nfrom handgrad import laws\n\n"
        "def half(x):\n    return 2 * x - x.detach()\n\n"
        "def test_it():\n    laws.assert_lawful(half, torch.ones(2, dtype=torch.float64), laws=['vjp'])\n"
    )
    line = [sys.executable, "-m", "pytest", "-q", "test_it.py"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 failed" in done.stdout
    assert "AssertionError: half is unlawful" in done.stdout
    assert "test_it.py:8: AssertionError" in done.stdout
    assert "raise AssertionError" not in done.stdout  # not our line

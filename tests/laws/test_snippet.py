"""The programs that a report hands out are run as processes and show what the report says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from handgrad import laws
from handgrad.laws import Status, Verdict
from handgrad.laws._case import Case
from handgrad.laws._judgeable import judgeable
from handgrad.laws._snippet import snippet

MODULE = '''
import torch
from torch import Tensor

class Product(torch.autograd.Function):
    """k x w, with the gradient of w wrong at every entry."""

    @staticmethod
    def forward(x, w, k):
        return k * x * w

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:2])
        ctx.k = inputs[2]

    @staticmethod
    def backward(ctx, grad_y):
        x, w = ctx.saved_tensors
        return ctx.k * grad_y * w, grad_y * x, None

def product(x, *, w, k=3):
    return Product.apply(x, w, k)

def two(x):
    return x.detach() * x, x

shared = torch.nn.Identity()
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The path of a file with functions of wrong gradients; leaves no trace."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "wrong_product.py").write_text(MODULE)
    yield "folder/wrong_product.py"
    sys.modules.pop("wrong_product", None)


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that was saved in the working folder."""
    Path("shown.py").write_text(program)
    return subprocess.run([sys.executable, "shown.py"], capture_output=True, text=True, timeout=120, check=False)


def broken(fn: Callable[..., Any], inputs: Any, **options: Any) -> Verdict:
    verdict = laws.check(fn, inputs, laws=["vjp"], **options).verdicts["vjp"]
    assert verdict.status is Status.BROKEN
    return verdict


def tensors(*shape: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, dtype=torch.float64, generator=generator) for _ in range(2)]


def test_a_wrong_gradient_is_shown_beside_a_central_difference(module: str) -> None:
    verdict = broken(laws.load_target(f"{module}:Product"), [*tensors(2, 3), 3])
    done = run(verdict.snippet)
    (worst,) = verdict.evidence
    assert done.returncode == 0, done.stderr
    assert f"got {worst.got:.8g}, a central difference gives {worst.expected:.6g}"[:-2] in done.stdout
    assert "handgrad" not in verdict.snippet  # it runs for people who have not installed it


def test_keyword_arguments_and_names_of_parameters_are_those_of_the_function(module: str) -> None:
    x, w = tensors(3)
    verdict = broken(laws.load_target(f"{module}:product"), x, kwargs={"w": w, "k": 2})
    assert "y = product(x, w=w.requires_grad_(), k=2)" in verdict.snippet
    assert "gradient of w[" in run(verdict.snippet).stdout


def test_numbers_instead_of_tensors_of_one_entry_and_values_without_end(module: str) -> None:
    nan = torch.tensor([float("nan"), float("-inf"), 1.0], dtype=torch.float64)
    fn = laws.load_target(f"{module}:Product")
    assert "gradient of" in run(broken(fn, [*tensors(), 3]).snippet).stdout
    program = snippet(judgeable(fn, None, Case((nan, nan, 3)), 0), Verdict("vjp", Status.BROKEN, "made up"))
    assert "from math import inf, nan" in program
    assert "NameError" not in run(program).stderr


def test_large_arguments_are_drawn_anew_and_the_judge_is_asked(module: str) -> None:
    fn = laws.load_target(f"{module}:Product")
    program = broken(fn, [*tensors(8, 8), 3]).snippet
    assert len(program) < 700
    done = run(program)
    assert done.returncode == 1
    assert "AssertionError: Product.apply is unlawful" in done.stderr


def test_other_laws_are_shown_by_the_judge_with_all_that_matters(module: str) -> None:
    fn = laws.load_target(f"{module}:product")
    x, w = tensors(2)
    subject = judgeable(fn, torch.nn.functional.softplus, Case((x,), {"w": w}), 7)
    program = snippet(subject, Verdict("other", Status.BROKEN, "was not offered"), strict=True)
    assert (
        "laws.assert_lawful(product, [x], kwargs={'w': w}, laws=['other'], oracle=softplus, strict=True, seed=7)"
        in program
    )
    assert "from torch.nn.functional import softplus" in program


def test_what_has_no_name_is_left_open_and_said() -> None:
    verdict = broken(lambda x: x.detach() * x, tensors(2)[:1])
    assert (
        "fn = ...  # put test_what_has_no_name_is_left_open_and_said.<locals>.<lambda> here: it has no name"
        in verdict.snippet
    )
    compile(verdict.snippet, "shown.py", "exec")


def test_a_sentence_cannot_leave_its_comment(module: str) -> None:
    subject = judgeable(laws.load_target(f"{module}:two"), None, Case(tuple(tensors(2)[:1])), 0)
    program = snippet(subject, Verdict("vjp", Status.BROKEN, "one\nraise SystemExit(9)\r\u2028x"))
    assert program.splitlines()[0] == "# vjp: one raise SystemExit(9) x"


def test_functions_of_several_outputs_are_shown_by_the_judge(module: str) -> None:
    verdict = broken(laws.load_target(f"{module}:two"), tensors(2)[:1])
    assert run(verdict.snippet).returncode == 1
    assert "laws.assert_lawful(two, [x], laws=['vjp'])" in verdict.snippet


def test_an_object_of_a_module_is_imported_by_its_name_there(module: str) -> None:
    shared = laws.load_target(f"{module}:shared")
    program = snippet(judgeable(shared, None, Case(tuple(tensors(2)[:1])), 0), Verdict("other", Status.BROKEN))
    assert "from wrong_product import shared" in program

"""scripts/check.py as a user meets it: verdicts, files, and one sentence for whatever cannot be judged."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from handgrad.laws import Report

Start = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = {"torch", "handgrad", "numpy", "rich"}
TARGETS = '''
import time
import torch
import rules_of_mine

class Wrong(torch.autograd.Function):
    """x w, with the gradient of w wrong."""

    @staticmethod
    def forward(x, w):
        return x * w

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad_y):
        x, w = ctx.saved_tensors
        return grad_y * w, grad_y * x * 2

class Raises(Wrong):
    @staticmethod
    def backward(ctx, grad_y):
        raise KeyError("weight")

class Hangs(Wrong):
    @staticmethod
    def backward(ctx, grad_y):
        while True:
            time.sleep(0.01)

def hangs_at_once(x):
    while True:
        time.sleep(0.01)

def nothing(x):
    print("I was called")

def on_cuda(x):
    return x.to("cuda")
'''


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What stood on stderr, without the record of the imports."""
    return [line for line in done.stderr.splitlines() if not line.startswith("import time:")]


def imported(done: subprocess.CompletedProcess[str]) -> set[str]:
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    (tmp_path / "rules_of_mine.py").write_text("")
    path = tmp_path / "targets.py"
    path.write_text(TARGETS)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([], "target is missing: add target=some.module:function, or exercise=list."),
        (["target=torch:sin"], "inputs is missing: add the arguments of the target, such as inputs='[[3,4],[5]]'."),
        (["target=sin", "inputs=[[3]]"], "target must be module:function or file.py:function, got 'sin'."),
        (["target=none.py:f", "inputs=[[3]]"], "target: there is no file 'none.py' (from "),
        (["target=torch:sin", "inputs=[[3]]", "oracle=none.py:f"], "oracle: there is no file 'none.py' (from "),
        (["target=torch:sin", "inputs=[[1.5]]"], "inputs[0] must be a shape such as [3,4], got [1.5]."),
        (["target=torch:sin", "inputs=[[3]]", "kwargs={out:[[3]]}"], "kwargs[out] must be a shape"),
        (["target=torch:sin", "inputs=[[3]]", "dtype=float46"], "Did you mean float64"),
        (["target=torch:sin", "inputs=[[3]]", "waive={vjp:null}"], "waive must give each law a reason"),
        (["target=torch:sin", "inputs=[[3]]", "json=none/a.json"], "json must be a file in a folder that exists"),
        (["target=torch:sin", "inputs=[[3]]", "html=none/a.html"], "html must be a file in a folder that exists"),
        (["target=torch:sin", "inputs=[[3]]", "time_limit=0"], "time_limit must be a finite number above 0, got 0.0."),
        (["tagret=torch:sin", "inputs=[[3]]"], "tagret is unknown. Did you mean target?"),
        (["exercise=sofmax"], "got 'sofmax'. Did you mean softmax"),
    ],
)
def test_a_slip_is_answered_before_anything_heavy_is_imported(line: list[str], words: str, start: Start) -> None:
    done = start("check.py", *line, before=("-X", "importtime"))
    (sentence,) = said(done)
    assert sentence.startswith("check.py: ")
    assert words in sentence
    assert done.returncode == 1
    assert not imported(done) & HEAVY


@pytest.mark.slow
@pytest.mark.parametrize("line", [["--help"], ["exercise=list"]])
def test_questions_are_answered_without_imports(line: list[str], start: Start, tmp_path: Path) -> None:
    done = start("check.py", *line, before=("-X", "importtime"))
    assert (done.returncode, said(done)) == (0, [])
    assert "exercise" in done.stdout
    assert not imported(done) & HEAVY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["target=no_such:f", "inputs=[[3]]"], "target: there is no module 'no_such' (from "),
        (
            ["target=broken.py:f", "inputs=[[3]]"],
            "target: broken.py does not import: NameError: name 'x' is not defined (broken.py, line 2)",
        ),
        (["target=targets.py:Wrongg", "inputs=[[3]]"], "target: targets.py has no 'Wrongg'. Did you mean Wrong?"),
        (
            ["target=targets:Wrong", "inputs=[[3]]"],
            "Wrong.apply cannot be called with these arguments: it raised TypeError: ",
        ),
        (
            ["target=targets:nothing", "inputs=[[3]]"],
            "nothing must return a floating-point tensor, or several; it was given float64 (3,).",
        ),
        (["target=targets:on_cuda", "inputs=[[3]]"], "on_cuda needs a GPU that is not here"),
        (["target=torch:sin", "inputs=[[3]]", "device=cuda"], "device=cuda cannot be used on this machine: "),
        (["target=torch:sin", "inputs=[[3]]", "laws=[vpj]"], "laws: 'vpj' is no law. Known: "),
        (["target=torch:sin", "inputs=[[3]]", "waive={vpj: why}"], "waive: 'vpj' is no law."),
        (["target=targets:hangs_at_once", "inputs=[[3]]", "time_limit=1"], "hangs_at_once did not return within 1 s"),
    ],
)
def test_what_cannot_be_judged_is_answered_in_a_sentence(
    line: list[str], words: str, start: Start, targets: Path
) -> None:
    targets.with_name("broken.py").write_text("import torch\nx\n")
    done = start("check.py", *line, CUDA_VISIBLE_DEVICES="")
    (sentence,) = said(done)
    assert sentence.startswith("check.py: ")
    assert words in sentence
    assert done.returncode == 1


@pytest.mark.slow
def test_a_wrong_gradient_is_shown_written_and_answered_with_a_status(start: Start, targets: Path) -> None:
    line = ("target=targets.py:Wrong", "inputs=[[3],[3]]", "laws=[reverse]", "json=report.json", "html=report.html")
    done = start("check.py", *line)
    assert (done.returncode, done.stderr) == (1, "")
    report = Report.from_json(targets.with_name("report.json").read_text())
    assert (report.target, report.broken, report.cause) == ("Wrong.apply", ["vjp"], "factor_two")
    for words in ("Wrong.apply is unlawful", *report.diagnosis, report.verdicts["vjp"].snippet or "-"):
        assert words in done.stdout
    assert targets.with_name("report.html").read_text().startswith("<!doctype html>")
    waived = start("check.py", *line[:3], "waive={vjp: a declared surrogate}")
    assert (waived.returncode, waived.stderr) == (0, "")
    assert "waived" in waived.stdout
    assert "vjp: a declared surrogate" in waived.stdout


@pytest.mark.slow
def test_a_lawful_function_with_all_sorts_of_arguments_leaves_with_zero(start: Start) -> None:
    described = "inputs=[[6,4],{shape:[6],dtype:int64,high:4}]"
    done = start(
        "check.py",
        "target=torch.nn.functional:cross_entropy",
        described,
        "kwargs={reduction:sum}",
        "laws=[vjp]",
        "seed=3",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "cross_entropy is lawful" in done.stdout


@pytest.mark.slow
def test_backward_that_raises_or_hangs_is_reported_without_a_traceback(start: Start, targets: Path) -> None:
    done = start("check.py", "target=targets.py:Raises", "inputs=[[3],[3]]", "laws=[vjp]")
    assert (done.returncode, done.stderr) == (1, "")
    assert "it raised KeyError: 'weight'" in done.stdout
    done = start("check.py", "target=targets.py:Hangs", "inputs=[[3],[3]]", "laws=[vjp]", "time_limit=1")
    assert (done.returncode, done.stderr) == (1, "")
    assert "it did not end within 1 s" in done.stdout

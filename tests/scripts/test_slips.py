"""A slip is answered at once: one sentence, the near matches, a status, and nothing heavy imported for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
Start = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = {"torch", "lightning", "handgrad", "sklearn", "matplotlib", "numpy"}


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What stood on stderr, without the record of the imports."""
    return [line for line in done.stderr.splitlines() if not line.startswith("import time:")]


def imported(done: subprocess.CompletedProcess[str]) -> set[str]:
    """The packages that ``-X importtime`` recorded."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["optimizer.lrr=3"], "optimizer.lrr is unknown. Did you mean optimizer.lr?"),
        (["callbacks.early_stopping.patience=3"], "Did you mean callbacks=early_stopping?"),
        (["optimizer=adm"], "optimizer is one of adam, adamw, sgd. Did you mean adam"),
        (["data=wnie"], "Did you mean wine?"),
        (["optimizer.lr=abc"], "optimizer.lr: Value 'abc' of type 'str' could not be converted to Float"),
        (["optimizer.lr=0"], "optimizer.lr must be a finite number above 0, got 0.0."),
        (["model.hidden=[8,0]"], "model.hidden must be a list, each of it at least 1, got [8, 0]."),
        (["model.activation=rellu"], "Did you mean relu?"),
        (["+model.hiden=[8]"], "model.hiden is unknown. Did you mean model.hidden?"),
        (["loss=cross_entropy", "loss.label_smoothing=2"], "loss.label_smoothing must be between 0 and 1, got 2.0."),
        (["data.test_fraction=0.9"], "must leave rows to train on"),
        (["trainer.devices=0"], "trainer.devices must be"),
        (["data=csv"], "data.path is missing"),
        (["ckpt_path=none.ckpt"], "ckpt_path: there is no file 'none.ckpt'"),
        (["-m", "optimizer.lr=0.1,abc"], "optimizer.lr: Value 'abc'"),
        (["--help", "sede=1"], "sede is unknown. Did you mean seed?"),
    ],
)
def test_a_slip_is_answered_before_anything_heavy_is_imported(line: list[str], words: str, start: Start) -> None:
    done = start("train.py", *line, before=("-X", "importtime"))
    (sentence,) = said(done)
    assert sentence.startswith("train.py: ")
    assert words in sentence
    assert done.returncode == 1
    assert not imported(done) & HEAVY


@pytest.mark.parametrize("line", [["--help"], ["--cfg", "job"]])
@pytest.mark.parametrize("script", ["train.py", "predict.py"])
def test_questions_are_answered_without_imports(script: str, line: list[str], start: Start, tmp_path: Path) -> None:
    done = start(script, *line, before=("-X", "importtime"))
    assert (done.returncode, said(done)) == (0, [])
    assert "ckpt_path:" in done.stdout
    assert not imported(done) & HEAVY
    assert list(tmp_path.iterdir()) == []


def test_the_order_of_a_line_is_free_and_a_missing_gpu_is_named(start: Start) -> None:
    line = "data=digits model.hidden=[128,64] optimizer=adam optimizer.lr=1e-3 trainer.max_epochs=30 trainer=gpu seed=7"
    composed = start("train.py", *line.split(), "--cfg", "job").stdout
    assert {"  max_epochs: 30", "  accelerator: gpu", "  lr: 0.001", "seed: 7"} <= set(composed.splitlines())
    done = start("train.py", *line.split(), CUDA_VISIBLE_DEVICES="")
    assert (done.returncode, done.stderr) == (
        1,
        "train.py: no CUDA GPU was found on this machine; use trainer=default for the CPU.\n",
    )


def test_a_multirun_of_a_strategy_that_starts_the_script_again_is_refused(start: Start) -> None:
    done = start("train.py", "-m", "seed=1,2", "trainer=ddp", before=("-X", "importtime"))
    assert done.returncode == 1
    assert "trainer.strategy=ddp_spawn" in said(done)[-1]
    assert "torchrun" in said(done)[-1]
    assert not imported(done) & HEAVY


def test_predict_names_what_is_missing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "a.ckpt").write_text("")
    for line, words in (
        ([], "ckpt_path is missing"),
        (["ckpt_path=a.ckpt"], "input is missing"),
        (["ckpt_path=a.ckpt", "input=none.csv"], "input: there is no file 'none.csv'"),
        (["ckpt_path=a.ckpt", "inptu=none.csv"], "inptu is unknown. Did you mean input?"),
    ):
        done = start("predict.py", *line, before=("-X", "importtime"))
        assert (done.returncode, len(said(done))) == (1, 1)
        assert words in done.stderr
        assert not imported(done) & HEAVY


def test_full_error_shows_the_traceback(start: Start) -> None:
    done = start("train.py", "optimizer.lr=0", HYDRA_FULL_ERROR="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ConfigurationError: optimizer.lr must be" in done.stderr

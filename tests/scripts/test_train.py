"""scripts/train.py as a process: what it leaves behind, how it goes on, and how it stops."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from sklearn.datasets import load_wine
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from html_page import Page

pytestmark = pytest.mark.slow
Start = Callable[..., subprocess.CompletedProcess[str]]
SHORT = ("logger=csv", "callbacks.report=null")
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_from_the_line_to_a_prediction(start: Start, tmp_path: Path) -> None:
    """Train, look at everything that is left, go on from a checkpoint, predict raw rows."""
    done = start("train.py", "trainer.max_epochs=2", "model.hidden=[8,4]", "seed=3")
    assert done.returncode == 0, done.stderr
    assert "Tip" not in done.stderr
    (run,) = (tmp_path / "outputs").glob("*/*")
    _check_run(run, done.stdout, tmp_path)

    last = f"{run}/checkpoints/last.ckpt"
    again = start("train.py", f"ckpt_path={last}", "trainer.max_epochs=3", "model.hidden=[8,4]", "seed=3", *SHORT)
    assert again.returncode == 0, again.stderr
    (resumed,) = set((tmp_path / "outputs").glob("*/*")) - {run}
    assert {row["epoch"] for row in rows(resumed / "metrics.csv") if row["val/loss"]} == {"2.0"}

    assert not (resumed / "report.html").exists()

    _write_wine(tmp_path / "rows.csv")
    told = start("predict.py", f"ckpt_path={run}/checkpoints/best.ckpt", "input=rows.csv", "output=pred.csv")
    assert (told.returncode, told.stdout) == (0, "178 rows predicted: pred.csv\n"), told.stderr
    _check_predictions(rows(tmp_path / "pred.csv"))
    assert {path.name for path in tmp_path.iterdir()} == {"outputs", "rows.csv", "pred.csv"}


def _check_run(run: Path, said: str, here: Path) -> None:
    for words in (
        "accuracy",
        "auroc",
        f"tensorboard --logdir {run.relative_to(here)}",
        "scripts/predict.py ckpt_path=",
        f"{run.relative_to(here)}/report.html",
    ):
        assert words in said
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert (config["seed"], config["data"]["seed"], config["model"]["hidden"]) == (3, 3, [8, 4])
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert (run / "confusion_matrix.png").read_bytes().startswith(b"\x89PNG")
    _check_report(run)
    columns = {"step", "epoch", "train/loss", "val/loss", "val/accuracy", "val/f1", "test/accuracy", "lr-Adam"}
    assert columns | {"grad/layers.0", "grad/layers.2"} <= set(rows(run / "metrics.csv")[0])
    events = EventAccumulator(str(run / "tensorboard")).Reload()
    assert {"train/loss", "val/loss", "lr-Adam", "grad/layers.0"} <= set(events.Tags()["scalars"])
    assert [tag for tag in events.Tags()["images"] if "confusion_matrix" in tag]
    assert "_hparams_/session_start_info" in events.summary_metadata


def _check_report(run: Path) -> None:
    page = Page.at(run / "report.html")
    assert f"python {SCRIPTS}/train.py trainer.max_epochs=2 'model.hidden=[8,4]' seed=3" in page.text
    assert f"ckpt_path={run}/checkpoints/best.ckpt" in page.text
    assert page.row("accuracy")[0] == f"{float(rows(run / 'metrics.csv')[-1]['test/accuracy']):.4f}"
    assert (run / "config.yaml").read_text().split() == page.code("seed:").split()
    for words in ("wine (scikit-learn)", "MLP 13 → 8 → 4 → 3, relu", f"torch{metadata.version('torch')}"):
        assert words in page.text


def _write_wine(path: Path) -> None:
    """The raw table, its columns in another order and with one more."""
    wine = load_wine()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["bottle", *reversed(wine.feature_names)])
        writer.writerows([number, *reversed(row.tolist())] for number, row in enumerate(wine.data))


def _check_predictions(predicted: list[dict[str, str]]) -> None:
    wine = load_wine()
    names = [str(wine.target_names[kind]) for kind in wine.target]
    right = sum(row["prediction"] == name for row, name in zip(predicted, names, strict=True))
    assert right > 0.5 * len(names)  # after two epochs; columns taken by position would give about a third
    for row in predicted:
        assert sum(float(row[f"probability_{name}"]) for name in wine.target_names) == pytest.approx(1)


def test_a_multirun_trains_each_job_and_one_failure_fails_it(start: Start, tmp_path: Path) -> None:
    done = start("train.py", "-m", "model.out_features=4,3", "debug=fast")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("train.py: model.out_features must be 3")
    assert "Traceback" not in done.stderr
    (sweep,) = (tmp_path / "multirun").glob("*/*")
    assert "accuracy" in done.stdout  # of the second job
    assert [(sweep / job / "config.yaml").is_file() for job in "01"] == [True, True]


def test_a_loss_that_explodes_stops_with_a_sentence(start: Start) -> None:
    done = start(
        "train.py", "optimizer=sgd", "optimizer.lr=1e20", "trainer.max_epochs=2", "callbacks.progress_bar=null"
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "epoch 0" in done.stderr
    assert "layers." in done.stderr


def test_a_folder_for_the_run_is_made(start: Start, tmp_path: Path) -> None:
    done = start("train.py", "data=iris", "trainer.max_epochs=1", "callbacks=none", "logger=csv", "output_dir=my/run")
    assert done.returncode == 0, done.stderr
    assert {"config.yaml", "metrics.csv"} <= {path.name for path in (tmp_path / "my" / "run").iterdir()}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_it_and_the_checkpoints_stay(number: signal.Signals, status: int, tmp_path: Path) -> None:
    line = ["trainer.max_epochs=-1", "hydra.run.dir=run", "callbacks.progress_bar=null", "logger=none"]
    process = subprocess.Popen(
        [sys.executable, SCRIPTS / "train.py", *line], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        wait_for(tmp_path / "run" / "checkpoints" / "last.ckpt", process)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == status, errors.decode()
    assert b"Traceback" not in errors
    assert (tmp_path / "run" / "checkpoints" / "best.ckpt").is_file()
    assert "Interrupted · " in Page.at(tmp_path / "run" / "report.html").text


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the file is there, or the process is not."""
    for _ in range(600):
        if path.exists() or process.poll() is not None:
            return
        time.sleep(0.1)


@pytest.mark.parametrize("launcher", ["lightning", "torchrun"])
def test_two_processes_share_one_run(launcher: str, start: Start, tmp_path: Path) -> None:
    before = () if launcher == "lightning" else ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")
    done = start("train.py", "trainer=ddp", "trainer.max_epochs=1", before=before, OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    assert "sync_dist" not in done.stderr
    assert done.stdout.count("tensorboard --logdir") == 1
    (run,) = (tmp_path / "outputs").glob("*/*")
    assert {path.name for path in run.iterdir()} >= {"config.yaml", "checkpoints", "metrics.csv", "tensorboard"}
    assert {path.name for path in tmp_path.iterdir()} == {"outputs"}
    assert "cpu, 2 processes" in Page.at(run / "report.html").text
    steps = max(int(row["step"]) for row in rows(run / "metrics.csv"))
    assert steps == 2  # 106 rows: two processes, 32 rows each

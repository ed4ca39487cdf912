"""The page beside the run: its numbers are those of the log and of the test, however the run ended."""

from __future__ import annotations

import csv
import dataclasses
from collections import Counter

import pytest
import torch
from lightning.pytorch import Callback
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.utilities import rank_zero_only

from handgrad.training import (
    CSVDataModule,
    CSVLog,
    FiniteGuard,
    GradientNorms,
    NonFiniteError,
    RandomState,
    RunReport,
    SklearnDataModule,
    train,
)
from html_page import Page

pytestmark = pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")


class Stop(Callback):
    """Raises before a step."""

    def __init__(self, step, error):
        self.step, self.error = step, error

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        if trainer.global_step == self.step:
            raise self.error


@dataclasses.dataclass
class Run:
    """A folder, and what a run of it gave back."""

    folder: object
    metrics: dict

    @property
    def page(self):
        return Page.at(self.folder / "report.html")

    def logged(self, name):
        """(epoch, value) of a name, straight from the file."""
        with (self.folder / "metrics.csv").open(newline="") as file:
            return [(int(float(row["epoch"])), float(row[name])) for row in csv.DictReader(file) if row.get(name)]


@pytest.fixture
def run(make_task, make_trainer, tmp_path):
    """Trains with a report and all that it reads from; ``None`` leaves one out."""

    def start(data, *callbacks, ckpt_path=None, logger=True, report=None, optimizer=None, **arguments):
        given = [
            ModelCheckpoint(tmp_path, "best", monitor="val/loss", save_last=True),
            GradientNorms(1),
            report or RunReport(tmp_path / "report.html"),
            *callbacks,
        ]
        log = CSVLog(tmp_path) if logger else False
        trainer = make_trainer(
            callbacks=given, logger=log, enable_checkpointing=True, **({"max_epochs": 4} | arguments)
        )
        return Run(tmp_path, train(data, make_task(data, optimizer=optimizer), trainer, ckpt_path))

    return start


def test_the_numbers_by_epoch_are_those_of_the_log(run, iris):
    done = run(iris)
    page = done.page
    (header,) = [row for row in page.rows if row[0] == "epoch"]
    for name in ("train/loss", "val/loss", "val/accuracy"):
        column = header.index(name)
        shown = [(epoch, float(page.row(str(epoch))[column - 1])) for epoch in range(4)]
        assert shown == [(epoch, pytest.approx(value, rel=5e-4)) for epoch, value in done.logged(name)]
        assert len(shown) == 4


def test_the_metrics_are_those_of_the_test_and_the_best_epoch_that_of_the_log(run, iris):
    done = run(iris)
    for name, value in done.metrics.items():
        assert float(done.page.row(name.removeprefix("test/"))[0]) == pytest.approx(value, abs=5e-5)
    best = min(done.logged("val/loss"), key=lambda pair: pair[1])[0]
    assert f"best epoch of 0 … 3 {best} " in spaced(done.page)
    assert f"best: {best}" in done.page.text


def spaced(page):
    """The texts with a space between any two."""
    return " ".join(" ".join(text for _, text in page.texts).split())


def test_the_confusion_matrix_counts_the_rows_of_the_test(run, iris):
    page = run(iris).page
    cells = [list(map(int, row[1:4])) for row in page.rows if row[0] in iris.classes and len(row) == 5]
    rows = Counter(iris.test.y.tolist())
    assert [sum(row) for row in cells] == [rows[index] for index in range(3)]
    right = sum(row[index] for index, row in enumerate(cells))
    assert f"{right} of 30 rows are right" in page.text


def test_a_regression_has_residuals_in_the_targets_units(run, make_task):
    data = SklearnDataModule("diabetes")
    done = run(data)
    page = done.page
    assert "Confusion" not in page.text
    dots = [circle for circle in page.all("circle") if circle["class"] == "dot one"]
    assert len(dots) == len(data.test.y)
    mean, least, *_, greatest = map(float, page.row("predicted − true"))
    assert least < mean < greatest
    assert float(page.row("rmse")[0]) == pytest.approx(done.metrics["test/rmse"], abs=5e-5)
    assert done.metrics["test/mae"] < max(-least, greatest)


def test_the_pairs_of_a_regression_give_its_metrics(make_task, make_trainer):
    data = SklearnDataModule("diabetes")
    task = make_task(data)
    metrics = train(data, task, make_trainer())
    true, predicted = task.pairs.T
    assert torch.equal(true, data.test.y)
    assert (predicted - true).square().mean().sqrt().item() == pytest.approx(metrics["test/rmse"])


def test_gradients_are_charted_for_every_layer(run, iris):
    page = run(iris).page
    assert "The gradient reaches all layers: that of the first layer, layers.0, is" in page.text
    for layer in ("layers.0", "layers.1"):
        start, median, end = map(float, [row for row in page.rows if row[0] == layer][-1][1:])
        assert min(start, median, end) > 0


def test_names_of_the_table_are_text(run, make_csv, blobs):
    names = ["<script>alert(1)</script>", 'a "b" & c', "größe<b>"]
    rows = [[a, b, {"white": "<img src=x onerror=alert(2)>", "red": "rouge & 赤"}[kind]] for a, b, kind in blobs]
    page = run(CSVDataModule(make_csv(names, rows, "a <b>&'\".csv"), "größe<b>", batch_size=8)).page
    assert not page.names() & {"script", "img", "b"}
    for text in (*names, "<img src=x onerror=alert(2)>", "rouge & 赤", "a <b>&'\".csv"):
        assert text in page.text


def test_without_a_log_it_says_that_there_are_no_curves(run, iris):
    page = run(iris, logger=False).page
    assert "There are no curves: this run kept no metrics.csv" in page.text
    assert "norms of the gradients were not logged" in page.text
    assert "rows are right" in page.text


def test_configuration_commands_and_environment_are_shown(run, iris, tmp_path):
    (tmp_path / "config.yaml").write_text("seed: 7 # ü\n", encoding="utf-8")
    report = RunReport(
        tmp_path / "report.html",
        tmp_path / "config.yaml",
        {"versions": {"torch": "2.x"}},
        "python train.py seed=7",
        "python predict.py ckpt_path={checkpoint}",
    )
    text = run(iris, report=report).page.text
    assert "seed: 7 # ü" in text
    assert "torch2.x" in text
    assert "python train.py seed=7" in text
    assert f"python predict.py ckpt_path={tmp_path}/best.ckpt" in text


def test_it_goes_into_the_trainers_folder_unless_told_otherwise(run, iris, tmp_path):
    run(iris, report=RunReport(configuration=tmp_path / "missing.yaml"))
    assert "There is no file of the configuration" in Page.at(tmp_path / "report.html").text


def test_a_resumed_run_shows_what_was_logged_before(run, iris, tmp_path):
    whole = run(iris, RandomState())
    expected = [row for row in whole.page.rows if row[0].isdigit()]
    for path in tmp_path.glob("*"):
        path.unlink()
    with pytest.raises(RuntimeError, match="killed"):
        run(iris, RandomState(), Stop(14, RuntimeError("killed")))
    assert "Failed · Failed in epoch 2, after 14 steps: RuntimeError: killed" in Page.at(tmp_path / "report.html").text
    page = run(iris, RandomState(), ckpt_path=tmp_path / "last.ckpt").page
    assert [row for row in page.rows if row[0].isdigit()] == expected
    assert f"went on from {tmp_path}/last.ckpt" in page.text
    assert "Finished" in page.text


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
def test_a_run_that_is_interrupted_leaves_what_there_is(error, run, iris, tmp_path):
    with pytest.raises(SystemExit):
        run(iris, Stop(14, error))
    page = Page.at(tmp_path / "report.html")
    assert "Interrupted · " in page.text
    assert "in epoch 2, after 14 steps" in page.text
    assert "There is no test: none had been made" in page.text
    assert [row[0] for row in page.rows if row[0].isdigit()] == ["0", "1"]
    assert "load_task(" in page.text


def test_a_run_that_the_guard_stops_says_where_the_first_nan_was(run, iris, tmp_path):
    def explode(parameters):
        return torch.optim.SGD(parameters, lr=1e20)

    with pytest.raises(NonFiniteError):
        run(iris, FiniteGuard(), optimizer=explode)
    text = Page.at(tmp_path / "report.html").text
    assert "Failed · Stopped by FiniteGuard: training stopped in epoch 0, step" in text
    assert "There are no curves: no epoch came to its end." in text
    assert "layers.1" in text  # the norm of the step before is there


def test_a_run_that_stops_early_says_why(run, iris):
    page = run(iris, EarlyStopping("val/loss", patience=1, min_delta=100.0)).page
    assert "Stopped early · After 2 epochs, 12 steps: Monitored metric val/loss did not improve" in page.text


@pytest.mark.parametrize(("patience", "epochs"), [(0, ["0", "1", "2"]), (1e9, [])])
def test_it_is_written_while_it_trains_but_not_at_any_price(patience, epochs, run, iris, tmp_path, monkeypatch):
    monkeypatch.setattr("handgrad.training.callbacks._run_report._PATIENCE", patience)
    seen = []

    class Look(Callback):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
            if trainer.global_step == 18:
                seen.append(Page.at(tmp_path / "report.html"))

    run(iris, Look(), report=RunReport(tmp_path / "report.html", every_n_seconds=1e-9))
    (page,) = seen
    assert "Running · Still training when this page was written" in page.text
    assert [row[0] for row in page.rows if row[0].isdigit()] == epochs


def test_an_error_before_training_leaves_none(iris, make_task, make_trainer, tmp_path):
    trainer = make_trainer(callbacks=[RunReport()])
    with pytest.raises(ValueError, match="features"):
        trainer.fit(make_task(SklearnDataModule("wine")), datamodule=iris)
    assert not (tmp_path / "report.html").exists()


def test_a_test_alone_leaves_one(iris, make_task, make_trainer, tmp_path):
    make_trainer(callbacks=[RunReport()]).test(make_task(iris), datamodule=iris, verbose=False)
    assert "Finished · Tested." in Page.at(tmp_path / "report.html").text


@pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`, callbacks used")
def test_the_weights_that_were_tested_are_named(iris, make_task, make_trainer, tmp_path):
    kept = ModelCheckpoint(tmp_path, "best", monitor="val/loss", save_last=True)
    trainer, task = make_trainer(callbacks=[RunReport(), kept], enable_checkpointing=True), make_task(iris)
    train(iris, task, trainer)
    assert "Weights: those of best.ckpt, the best by validation." in Page.at(tmp_path / "report.html").text
    trainer.test(task, datamodule=iris, ckpt_path=tmp_path / "last.ckpt", verbose=False)
    assert "Weights: those of last.ckpt." in Page.at(tmp_path / "report.html").text
    train(iris, make_task(iris), make_trainer(callbacks=[RunReport()], max_epochs=3), tmp_path / "last.ckpt")
    assert "Weights: those at the end of training." in Page.at(tmp_path / "report.html").text


def test_batches_of_the_callers_own_are_reported_too(iris, make_task, make_trainer, tmp_path):
    make_trainer(callbacks=[RunReport()]).test(make_task(iris), iris.test_dataloader(), verbose=False)
    page = Page.at(tmp_path / "report.html")
    assert "Classification by MLP" in page.text
    assert len(page.row(iris.classes[0])) == 4


def test_only_the_first_process_writes(iris, make_task, make_trainer, tmp_path, monkeypatch):
    monkeypatch.setattr(rank_zero_only, "rank", 1)
    train(iris, make_task(iris), make_trainer(callbacks=[RunReport()]))
    assert not (tmp_path / "report.html").exists()


def test_a_page_that_cannot_be_written_is_a_warning_and_the_metrics_are_there(run, iris, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="RunReport: cannot write .*report.html"):
        done = run(iris, report=RunReport(tmp_path / "file" / "report.html"))
    assert "test/accuracy" in done.metrics


def test_an_interval_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="RunReport: expected every_n_seconds above 0, got 0"):
        RunReport(every_n_seconds=0)

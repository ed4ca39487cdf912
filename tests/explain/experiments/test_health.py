from __future__ import annotations

import csv

import pytest
import torch

from handgrad.explain.experiments import Health, RunLog
from handgrad.nn import MLP
from handgrad.training import CSVLog, GradientNorms, LayerHealth, SklearnDataModule, task_for, train

EPOCHS = range(1, 11)


def log(**series):
    """``log(update_a=[…])``: a value an epoch; ``update/a`` for every layer is there unless given."""
    columns = {name.replace("_", "/", 1): list(zip(EPOCHS, values, strict=False)) for name, values in series.items()}
    losses = {"train/loss": [(epoch, 1 / epoch) for epoch in EPOCHS]}
    return RunLog("somewhere", losses | columns)


def findings(result):
    table = result.tables[0].columns
    return dict(zip(table["layer"], table["findings"], strict=True))


WELL = {"update_a": [1e-3] * 10, "update_b": [2e-3] * 10, "grad_a": [0.5] * 10, "grad_b": [1.0] * 10}


def test_a_healthy_run_has_no_warning():
    result = Health().run(log(**WELL, dead_a=[0.1] * 10))
    assert findings(result) == {"a": "well", "b": "well"}
    assert "No layer shows a warning" in result.paragraphs["en"]
    assert "警告の出た層はない" in result.paragraphs["ja"]
    assert "1.0×10⁻³" in result.paragraphs["en"] or "0.0010" in result.paragraphs["en"]


@pytest.mark.parametrize(
    ("series", "finding", "english", "japanese"),
    [
        ({"dead_a": [0.0, 0.9]}, "dead", "Dead ReLUs: a (90%)", "死んだReLU：a (90%)"),
        ({"saturated_a": [0.9, 0.6]}, "saturated", "Saturated units: a (60%)", "飽和したユニット：a (60%)"),
        ({"update_a": [1.0] * 5 + [1e-6] * 5}, "stands still", "Standing still: a (1.0×10⁻⁶)", "動かない層：a"),
        ({"update_a": [1e-3] * 5 + [0.5] * 5}, "overwritten", "Overwritten: a (0.50)", "上書きされる層：a"),
        ({"grad_a": [1e-5] * 10}, "vanishing", "Vanishing gradient: a (1.0×10⁻⁵)", "勾配消失：a"),
    ],
)
def test_what_is_ill_is_found_and_said(series, finding, english, japanese):
    result = Health().run(log(**(WELL | series)))
    assert findings(result) == {"a": finding, "b": "well"}
    assert english in result.paragraphs["en"]
    assert japanese in result.paragraphs["ja"]


def test_a_gradient_of_zero_is_blocked_and_not_called_vanishing():
    result = Health().run(log(**(WELL | {"grad_a": [0.0] * 10, "update_a": [0.0] * 10, "dead_b": [1.0] * 10})))
    assert findings(result) == {"a": "stands still", "b": "dead"}


def test_limits_can_be_moved():
    run = log(**WELL, dead_a=[0.3] * 10)
    assert findings(Health().run(run))["a"] == "dead"
    assert findings(Health(dead_limit=0.5).run(run))["a"] == "well"


def test_of_many_ill_layers_the_first_are_named():
    many = {f"update_{index}": [1e-9] * 10 for index in range(9)}
    paragraph = Health().run(log(**many)).paragraphs["en"]
    assert "3 (1.0×10⁻⁹) and 5 more." in paragraph
    assert "4 (1.0×10⁻⁹)" not in paragraph


def test_a_run_without_the_columns_is_refused_with_what_to_do():
    with pytest.raises(
        ValueError, match=r"expected columns update/<layer> in somewhere, got grad/a, train/loss; .*again"
    ):
        Health().run(log(grad_a=[1.0]))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"dead_limit": 2}, "dead_limit between 0 and 1, got 2"),
        ({"saturated_limit": -1}, "saturated_limit between 0 and 1, got -1"),
        ({"smallest_gradient": 2}, "smallest_gradient between 0 and 1, got 2"),
        ({"smallest_update": 0}, r"0 < smallest_update < largest_update, got \(0, 0.1\)"),
        ({"smallest_update": 1}, r"0 < smallest_update < largest_update, got \(1, 0.1\)"),
    ],
)
def test_bad_parameters_are_refused(parameters, words):
    with pytest.raises(ValueError, match=f"^Health: expected {words}"):
        Health(**parameters)


@pytest.mark.parametrize("layers", [1, 9])
def test_it_is_drawn_with_zeros_missing_columns_and_names_that_are_formulas(layers):
    series = {f"update_$x^{index}$": [0.0] * 10 for index in range(layers)}
    Health().run(log(**series)).figure().canvas.draw()
    Health().run(log(**series, **{"dead_$x^0$": [1.0] * 10, "val_loss": [2.0] * 10})).figure().canvas.draw()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that dies of its learning rate, logged as scripts/train.py logs."""
    from functools import partial

    from lightning.pytorch import Trainer

    directory = tmp_path_factory.mktemp("run")
    data = SklearnDataModule("digits")
    torch.manual_seed(0)
    task = task_for(
        data,
        MLP(data.in_features, [32] * 4, data.out_features),
        optimizer=partial(torch.optim.SGD, lr=0.3, momentum=0.9),
    )
    quiet = dict.fromkeys(("enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=4,
        logger=CSVLog(directory),
        callbacks=[LayerHealth(), GradientNorms()],
        log_every_n_steps=1,
        **quiet,
    )
    train(data, task, trainer)
    return directory


@pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated")
def test_a_real_log_is_read_as_it_was_written(run, tmp_path):
    result = Health().run(RunLog.read(run))
    assert "dead" in findings(result)["layers.3"]
    with (run / "metrics.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["dead/layers.3"]]
    epochs = result.tables[1].columns
    assert epochs["epoch"] == [1, 2, 3, 4]
    assert epochs["dead/layers.3"] == [float(row["dead/layers.3"]) for row in rows]
    assert epochs["update/layers.4"] == [float(row["update/layers.4"]) for row in rows]
    first, second = (Health().run(RunLog.read(run)).save(tmp_path / name) for name in ("first", "second"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name

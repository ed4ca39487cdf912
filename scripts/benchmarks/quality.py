"""How well the default configuration trains: beside the same net in torch.nn, and beside scikit-learn's."""

from __future__ import annotations

import math
import statistics
import tempfile
import warnings
from typing import Any, NamedTuple

from omegaconf import DictConfig

from benchmarks.report import Result, Table, verdict
from building import build, build_each
from composing import composed

NAMES = ("wine", "breast_cancer", "digits", "iris", "diabetes")
SEEDS = 5
POINTS = 100  # accuracy and R² are shown in points: percent
WITHIN = 1.0  # points of scikit-learn
DECIDING = ("checkpoint", "early_stopping")  # the callbacks on which the tested weights depend
SKLEARN_ACTIVATIONS = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}


class Scores(NamedTuple):
    """Test scores in points, of one data set and seed."""

    handgrad: float
    twin: float
    sklearn: float


def run(quick: bool) -> Result:
    """Train on every data set and seed: ours, the twin and scikit-learn's, on the same splits."""
    warnings.filterwarnings(
        "ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning
    )  # Lightning's, on torch 2.13
    names, seeds = (("wine", "diabetes"), range(1)) if quick else (NAMES, range(SEEDS))
    scores = {name: [_scores(name, seed) for seed in seeds] for name in names}
    records = {name: summary(of_seeds) for name, of_seeds in scores.items()}
    return Result(records, [_table(records)])


def _scores(name: str, seed: int) -> Scores:
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        cfg = default_training(name, seed, folder)
        ours = trained(cfg, twin=False)
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        cfg = default_training(name, seed, folder)
        return Scores(ours, trained(cfg, twin=True), _train_sklearn(cfg))


def default_training(name: str, seed: int, folder: str) -> DictConfig:
    """What ``scripts/train.py data=name seed=seed`` trains; of logs and callbacks only the best checkpoint is left."""
    line = [f"data={name}", f"seed={seed}", "logger=none", f"output_dir={folder}"]
    cfg = composed("train", line)
    silent = [f"callbacks.{callback}=null" for callback in cfg.callbacks if callback not in DECIDING]
    return composed("train", [*line, *silent])


def trained(cfg: DictConfig, twin: bool) -> float:
    """Train as ``scripts/train.py`` does, with our net or with the same numbers in torch.nn, and torch's own loss."""
    from lightning import seed_everything
    from torch import nn

    from handgrad.training import task_for, train

    seed_everything(cfg.seed, workers=True, verbose=False)
    data = build(cfg.data)
    net = build(cfg.model, in_features=data.in_features, out_features=data.out_features)
    loss = build(cfg.loss)
    if twin:
        net = net.to_torch()
        loss = nn.MSELoss() if data.classes is None else nn.CrossEntropyLoss()
    task = task_for(data, net, loss, build(cfg.optimizer), build(cfg.scheduler))
    trainer = build(cfg.trainer, callbacks=build_each(cfg.callbacks), logger=False)
    metrics: dict[str, float] = train(data, task, trainer)
    return POINTS * metrics["test/r2" if data.classes is None else "test/accuracy"]


def _train_sklearn(cfg: DictConfig) -> float:
    """scikit-learn's network of the same shape, with its own optimizer and settings, until it has converged."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = build(cfg.data)
    settings: dict[str, Any] = {
        "hidden_layer_sizes": tuple(cfg.model.hidden),
        "activation": SKLEARN_ACTIVATIONS[cfg.model.activation],
        "max_iter": 5000,
        "random_state": cfg.seed,
    }
    if data.classes is None:
        net = TransformedTargetRegressor(MLPRegressor(**settings), transformer=StandardScaler())
    else:
        net = MLPClassifier(**settings)
    model = make_pipeline(StandardScaler(), net)
    model.fit(data.train.x.double().numpy(), data.train.y.numpy())
    return POINTS * float(model.score(data.test.x.double().numpy(), data.test.y.numpy()))


def summary(scores: list[Scores]) -> dict[str, Any]:
    """Mean and spread of each, and of the differences by seed."""
    told = True if len(scores) > 1 else None  # one seed, as in the quick mode, tells nothing
    over_twin = [score.handgrad - score.twin for score in scores]
    over_sklearn = [score.handgrad - score.sklearn for score in scores]
    return {
        "seeds": [score._asdict() for score in scores],
        **{name: _mean_and_spread([getattr(score, name) for score in scores]) for name in Scores._fields},
        "over_twin": _mean_and_spread(over_twin),
        "over_sklearn": _mean_and_spread(over_sklearn),
        "no_worse_than_twin": told and statistics.fmean(over_twin) >= -_standard_error(over_twin),
        "within_a_point_of_sklearn": told and statistics.fmean(over_sklearn) >= -WITHIN,
    }


def _mean_and_spread(values: list[float]) -> dict[str, float]:
    return {"mean": statistics.fmean(values), "spread": statistics.stdev(values) if len(values) > 1 else 0.0}


def _standard_error(differences: list[float]) -> float:
    """Of the mean difference: rounding alone sends single rows of a small test split to the other class."""
    return statistics.stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else 0.0


def _table(records: dict[str, dict[str, Any]]) -> Table:
    columns = ["data", "handgrad", "torch.nn twin", "scikit-learn", "− twin", "no worse", "− sklearn", "within 1"]
    return Table(
        "Test accuracy (diabetes: R²) in points, mean ± spread over seeds",
        columns,
        [[name, *_cells(record)] for name, record in records.items()],
        "the same splits and seeds; − twin, − sklearn: mean difference by seed ± its spread",
    )


def _cells(record: dict[str, Any]) -> list[str]:
    def text(key: str, sign: str = "") -> str:
        return f"{record[key]['mean']:{sign}.2f} ± {record[key]['spread']:.2f}"

    return [
        *(text("handgrad"), text("twin"), text("sklearn")),
        *(text("over_twin", "+"), verdict(record["no_worse_than_twin"])),
        *(text("over_sklearn", "+"), verdict(record["within_a_point_of_sklearn"])),
    ]

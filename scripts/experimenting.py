"""Run an experiment: find its input, save what comes out, and print it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from building import build
from composing import composed
from explaining_schemas import EXPERIMENTS
from near_matches import did_you_mean
from ranges import ConfigurationError, check
from rules import require_file

if TYPE_CHECKING:
    from handgrad.explain.experiments import ClassData, Result


def check_experiment(cfg: DictConfig) -> None:
    """Raise for an input that the experiment does not take, or that is not there, without importing anything heavy.

    Raises:
        ConfigurationError: no experiment, or an unknown one, is named, or it takes no data or no run.
        FileNotFoundError: the run has no log.
    """
    name = cfg.experiment.name
    if name is None:
        raise ConfigurationError(f"say which: experiment=… is one of {', '.join(EXPERIMENTS)} (--help tells more).")
    if name not in EXPERIMENTS:
        known, near = ", ".join(EXPERIMENTS), did_you_mean(name, EXPERIMENTS)
        raise ConfigurationError(f"experiment={name} is unknown; experiment is one of {known}.{near}")
    if cfg.data is not None and name not in cfg.experiment.data:
        raise ConfigurationError(f"experiment={name} takes no data=…; leave it out.")
    if cfg.run is not None and name != "health":
        raise ConfigurationError(f"run=… belongs to experiment=health, and the experiment is {name}; leave it out.")
    if cfg.run is not None:
        require_file("run", str(Path(cfg.run) / "metrics.csv"))


def run_experiment(cfg: DictConfig) -> None:
    """Run the experiment that ``cfg`` names; save its figure, tables and paragraph, and print them."""
    import torch

    torch.set_num_threads(1)  # the networks are small, and the same numbers come out on every machine with as many
    experiment = build(cfg[cfg.experiment.name])
    if cfg.experiment.name == "descent":
        result = experiment.run()
    elif cfg.experiment.name == "health":
        from handgrad.explain.experiments import RunLog

        result = experiment.run(RunLog.read(cfg.run or _demonstration(cfg)))
    else:
        result = experiment.run(_class_data(cfg))
    files = result.save(Path(cfg.output_dir), cfg.language)
    _print(result, cfg.language, files)


def _class_data(cfg: DictConfig) -> ClassData:
    """The rows to learn from, standardised by the training split as in scripts/train.py."""
    from handgrad.explain.experiments import ClassData
    from handgrad.training import Standardize

    chosen = f"data={cfg.experiment.data[cfg.experiment.name]}"
    data = build(cfg.data or composed("explain", [chosen, f"seed={cfg.seed}"]).data)
    if data.classes is None:
        raise ConfigurationError(
            f"experiment={cfg.experiment.name} is about classes, and {data.target!r} is a number; use a table with "
            f"classes, or leave data=… out for {chosen}."
        )
    scale = Standardize(data.in_features)
    scale.fit(data.train.x)
    train, test = data.train, data.test
    return ClassData(scale(train.x), train.y, scale(test.x), test.y, data.features, data.classes)


def _demonstration(cfg: DictConfig) -> Path:
    """Train what there is to show without a run of the user's own, and return its directory."""
    from train import run

    line = list(cfg.experiment.demonstration)
    print("No run=… was given; this one is trained to look at:", "python scripts/train.py", *line, flush=True)
    directory = Path(cfg.output_dir) / "demonstration"
    quiet = ["callbacks.progress_bar=null", "callbacks.model_summary=null", "logger=csv", f"output_dir={directory}"]
    whole = composed("train", [*line, f"seed={cfg.seed}", *quiet])
    demonstration = OmegaConf.masked_copy(whole, [str(name) for name in whole if name != "hydra"])
    check(demonstration)
    directory.mkdir(parents=True)
    run(demonstration)
    return directory


def _print(result: Result, language: str, files: list[Path]) -> None:
    """Print the paragraph, the first table, and where everything is."""
    from rich.console import Console
    from rich.table import Table

    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=120)
    console.print(result.paragraphs[language], highlight=False, markup=False)
    table = Table(box=None, pad_edge=False)
    for column in result.tables[0].columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in result.tables[0].rows():
        table.add_row(*(_cell(value) for value in row))
    console.print(table)
    for path in files:
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)


def _cell(value: float | int | str | None) -> str:
    from rich.markup import escape

    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))

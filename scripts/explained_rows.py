"""The rows of a trained network that are to be explained: from the table of its run, from another one, or from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import DictConfig, OmegaConf

from building import build
from handgrad.training import Classifier, Regressor, Split, TableDataModule, read_labelled_rows
from ranges import ConfigurationError

# What a run's config.yaml may have built here: the file lies beside a checkpoint, and may be as foreign as that.
TRUSTED = [
    *("handgrad.training.CSVDataModule", "handgrad.training.SklearnDataModule"),
    *("handgrad.nn.CrossEntropyLoss", "handgrad.nn.MSELoss"),
]


class Source(NamedTuple):
    """Rows, and where they come from: the name of a table, and which split of it; of a file there is none."""

    rows: Split
    table: str
    split: str = ""


def rows_to_explain(cfg: DictConfig, task: Classifier | Regressor) -> Source:
    """Read the rows that ``cfg`` names, and give the task the loss that it was trained with.

    Raises:
        ConfigurationError: the table is not known, or is another one than the network was trained on.
        DataError: the table cannot be read.
    """
    run = _run_config(cfg.ckpt_path)
    data = None if cfg.input else _data(cfg, run, task)
    _take_loss(run, task, data)
    if data is None:
        return Source(read_labelled_rows(cfg.input, task), Path(cfg.input).name)
    return Source(getattr(data, cfg.split), _table_name(cfg.data or run.data), cfg.split)


def _run_config(ckpt_path: str) -> Any:
    """The configuration that a run has left beside its checkpoints; an empty one where there is none."""
    for folder in Path(ckpt_path).absolute().parents[:2]:
        path = folder / "config.yaml"
        if path.is_file():
            try:
                return OmegaConf.load(path)
            except Exception as error:  # of the YAML reader, which has no types, or of the file
                reason = str(error).partition("\n")[0]
                raise ConfigurationError(
                    f"{path}: expected the configuration of the run, got: {reason}. Use input=rows.csv or data=…"
                ) from error
    return OmegaConf.create()


def _data(cfg: DictConfig, run: Any, task: Classifier | Regressor) -> TableDataModule:
    if cfg.data is not None:
        data: TableDataModule = build(cfg.data)
    else:
        node = run.get("data") if isinstance(run, DictConfig) else None
        if not node:
            raise ConfigurationError(
                f"{cfg.ckpt_path}: no config.yaml lies beside it that names its table; "
                "add data=wine (or another table, with the seed of the run), or input=rows.csv."
            )
        data = _built(node)
    _read(data, cfg.ckpt_path)
    for what in ("features", "target", "classes"):
        own, given = getattr(task, what), getattr(data, what)
        if own != given:
            raise ConfigurationError(
                f"{cfg.ckpt_path}: expected a table with the {what} {own!r} that the network was trained on, got {given!r}."
            )
    return data


def _read(data: TableDataModule, ckpt_path: str) -> None:
    try:
        data.prepare()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{ckpt_path}: its table is not there: {error} (from {Path.cwd()}). Use data=csv data.path=… data.target=…, "
            "or input=rows.csv."
        ) from error


def _take_loss(run: Any, task: Classifier | Regressor, data: TableDataModule | None) -> None:
    """Replace the task's loss by that of the run, balanced as it was there; without a run's file it stays the usual one."""
    node = run.get("loss") if isinstance(run, DictConfig) else None
    if not node:
        return
    task.loss = _built(node)
    if getattr(task.loss, "balanced", False):
        task.fit_loss((data or _built(run.data)).train)


def _built(node: Any) -> Any:
    target = node.get("_target_") if isinstance(node, DictConfig) else None
    if target not in TRUSTED:
        raise ConfigurationError(
            f"config.yaml: expected one of {', '.join(TRUSTED)}, got {target!r}: refused, and nothing was run. "
            "Use input=rows.csv"
        )
    return build(node)


def _table_name(node: DictConfig) -> str:
    return str(node.get("name") or Path(node.get("path", "")).name)

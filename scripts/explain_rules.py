"""What the configuration of an explanation must be as a whole; single values: ``ranges.py``. Nothing heavy is imported."""

from __future__ import annotations

import os
from pathlib import Path

from omegaconf import DictConfig, ListConfig

from explaining_schemas import FORMATS
from ranges import ConfigurationError, check
from rules import require_file

ENDINGS = {".txt": "text", ".json": "json", ".tex": "latex", ".html": "html", ".svg": "svg", ".gif": "gif"}


def refuse_keys_of_explanations(cfg: DictConfig) -> None:
    """Raise ConfigurationError for a key that says how to explain a network, beside an experiment.

    It would be passed over, and its author would wait for what it says.
    """
    for key in ("ckpt_path", "member", "sample", "input", "format", "step", "output"):
        if cfg[key] is not None:
            raise ConfigurationError(
                f"experiment={cfg.experiment.name} takes no {key}=…; leave it out. (An experiment writes to output_dir.)"
            )


def check_explanation(cfg: DictConfig) -> str:
    """Raise for a configuration of an explanation that cannot be meant; return the format that it asks for.

    Raises:
        ConfigurationError: a value out of range, or two that exclude each other.
        FileNotFoundError: the checkpoint or the rows are not there.
        FileExistsError: the output is there already.
        PermissionError: the output's folder cannot be written to.
    """
    check(cfg)
    if cfg.run is not None:
        raise ConfigurationError("run=… belongs to experiment=health; a network is explained by ckpt_path=….")
    if cfg.ckpt_path is None:
        _refuse_rows_of_the_chapter(cfg)
    else:
        require_file("ckpt_path", cfg.ckpt_path)
    if cfg.input is not None:
        require_file("input", cfg.input)
        if cfg.data is not None:
            raise ConfigurationError("input=… and data=… exclude each other: the row comes from one table.")
    if cfg.view != "all" and not isinstance(cfg.sample, ListConfig):
        raise ConfigurationError(
            f"view={cfg.view} is a view of a batch: give several rows, such as sample=[3,7,8], got sample={cfg.sample}."
        )
    if cfg.output is not None:
        _require_writable(cfg.output, cfg.overwrite)
    wanted = _format(cfg)
    if wanted == "gif" and cfg.output is None:
        raise ConfigurationError("format=gif is not for a terminal: add output=backprop.gif.")
    if wanted != "svg" and cfg.step is not None:
        raise ConfigurationError(f"step=… chooses the moment of format=svg, and the format is {wanted}; leave it out.")
    return wanted


def _refuse_rows_of_the_chapter(cfg: DictConfig) -> None:
    for key in ("sample", "input", "data", "member"):
        if cfg[key] is not None:
            chosen = "a network of a trained ensemble" if key == "member" else "a row for a trained network"
            raise ConfigurationError(
                f"{key}=… chooses {chosen}: add ckpt_path=outputs/…/checkpoints/best.ckpt. "
                "Without it the chapter's own example is explained."
            )


def _require_writable(output: str, overwrite: bool) -> None:
    """Raise unless the file can be written without losing anything."""
    path = Path(output)
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir():
        raise ConfigurationError(f"output must be a file in a folder that exists, got {output!r} (from {Path.cwd()}).")
    if path.exists() and not overwrite:
        raise FileExistsError(f"output: {output!r} exists already; give another name, or overwrite=true.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise PermissionError(f"output: {output!r} cannot be written, its folder or the file is read-only.")


def _format(cfg: DictConfig) -> str:
    """The format that is given, or that the ending of the output means."""
    if cfg.format is not None:
        return str(cfg.format)
    ending = Path(cfg.output).suffix.lower() if cfg.output else ".txt"
    if ending not in ENDINGS:
        raise ConfigurationError(
            f"output must end in one of {', '.join(ENDINGS)}, got {cfg.output!r}; or say format=…, one of {', '.join(FORMATS)}."
        )
    return ENDINGS[ending]

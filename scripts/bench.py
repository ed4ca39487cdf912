"""Measure what the README claims: what everything costs, how exact it is, how well the networks train.

python scripts/bench.py --help
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import hydra
from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from benchmarks import readme
from benchmarks.report import Result, as_table
from commandline import answer, job, register_resolvers
from configuration import register
from ranges import ConfigurationError, at_least, check, one_of
from rules import require_folder

SUITES = ("ops", "imports", "accuracy", "quality", "steps", "training", "endtoend", "memory", "gpu", "ensemble")


@dataclass
class Bench:
    """The whole of ``conf/bench.yaml``."""

    suite: Annotated[str, one_of(*SUITES, "all")]
    json: str | None
    quick: bool
    threads: Annotated[int | None, at_least(1)]
    markdown: bool
    readme: bool


register()
register_resolvers()
ConfigStore.instance().store(group="schema", name="Bench", node=Bench)


@hydra.main(version_base="1.3", config_path="../conf", config_name="bench")
@job
def main(cfg: DictConfig) -> None:
    """Refuse what cannot be meant, at once; measure the rest."""
    check(cfg)
    require_folder("json", cfg.json)
    names: tuple[str, ...] = SUITES if cfg.suite == "all" else (cfg.suite,)
    if cfg.readme:
        if cfg.quick:
            raise ConfigurationError("readme=true is for whole measurements: leave quick=true out.")
        names = readme.with_places(readme.README, names)
    import torch

    from benchmarks.machine import described, machine

    torch.set_num_threads(cfg.threads or os.cpu_count() or 1)
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=132)  # in a file or a log nothing is cut off
    about = machine(torch.get_num_threads())
    console.print(described(about), highlight=False, markup=False, soft_wrap=True)
    results = {}
    for name in names:
        results[name] = _suite(name)(cfg.quick)
        for table in results[name].tables:
            console.print(as_table(table, cfg.markdown))
        if cfg.readme:
            readme.write(readme.README, name, about, results[name].readme)
    if cfg.json:
        _write(cfg, about, results)


def _suite(name: str) -> Callable[[bool], Result]:
    """The suite of a name; it takes ``quick``."""
    suite: Callable[[bool], Result] = importlib.import_module(f"benchmarks.{name}").run
    return suite


def _write(cfg: DictConfig, about: dict[str, Any], results: dict[str, Result]) -> None:
    options = OmegaConf.to_container(cfg)
    measured = {name: result.record for name, result in results.items()}
    text = json.dumps({**about, "options": options, "suites": measured}, indent=1)
    Path(cfg.json).write_text(text + "\n")


if __name__ == "__main__":
    answer(main, "bench")
